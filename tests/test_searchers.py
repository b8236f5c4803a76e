"""The conformance suite over every searcher and every domain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nsr.errors import DeclinedError
from nsr.search import searcher_names
from nsr.space import Space, load_space
from nsr.testing import DOMAIN_CHECKS, SEARCHER_CHECKS, Case, check_documented

CASES = [
    Case(
        "integers",
        (((1,), 3), ((2,), 5), ((5,), 11)),
        primitives=("add", "mul", "dec"),
        queries=((7,),),
    ),
    Case(
        "integers",
        (((4,), 10), ((0,), 0), ((3,), 6)),
        primitives=("add", "lt", "if", "recur"),
    ),
    Case(
        "sequences",
        ((([3, 1, 2],), [2, 1, 3]), (([5, 4],), [4, 5])),
        primitives=("reverse", "tail", "cons", "head", "empty"),
        queries=(([1],),),
    ),
    Case(
        "sequences",
        ((([3, 1, 2],), [4, 2, 3]), (([5, 4],), [6, 5])),
        primitives=("map", "filter", "add", "lt"),
        size=6,
    ),
    Case(
        "sequences",
        ((("ab c",), "AB"), (("d e f",), "D")),
        primitives=("upper", "split", "head_strs", "append"),
    ),
    Case(
        "sequences",
        ((("ab c",), "AB-C"), (("d",), "D"), (("c c",), "C-C")),
        primitives=("map_strs", "filter_strs", "chars", "split", "join", "upper", "equal"),
        size=3,
    ),
    Case(
        "grids",
        ((([[1, 2], [3, 4]],), [[2, 1], [4, 3]]), (([[5, 0]],), [[0, 5]])),
        primitives=("flip_lr", "transpose", "beside", "paint"),
        queries=(([[7, 8]],),),
        size=3,
    ),
]


@pytest.mark.parametrize("check", SEARCHER_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("searcher", searcher_names())
def test_searcher(searcher: str, case: Case, check: Callable[[str, Case], None]) -> None:
    try:
        check(searcher, case)
    except DeclinedError as error:
        pytest.skip(f"declined: {error}")


@pytest.mark.parametrize("check", DOMAIN_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ["integers", "sequences", "grids"])
def test_domain(name: str, check: Callable[[Space], None]) -> None:
    if check is check_documented and name == "grids":
        pytest.skip("its examples use names of the root conftest and run with the doctests")
    check(load_space(name))
