"""What is told of items kept and of parts, against all that could have been."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nsr.search.alignments import kept, peeled

lists = st.lists(st.integers(0, 2), max_size=6).map(tuple)


@given(lists, lists)
def test_certain_is_what_all_ways_agree_on(items: tuple[int, ...], part: tuple[int, ...]) -> None:
    ways = [
        keeps
        for keeps in itertools.product([False, True], repeat=len(items))
        if tuple(itertools.compress(items, keeps)) == part
    ]
    if not ways:
        assert kept(items, part) is None
        return
    wanted = [at[0] if len(set(at)) == 1 else None for at in zip(*ways, strict=True)]
    assert kept(items, part) == wanted


BLOCK = st.lists(st.integers(0, 2), max_size=3).map(tuple)


@given(
    st.dictionaries(st.sampled_from("abcd"), BLOCK, min_size=4, max_size=4),
    st.lists(st.text("abcd", max_size=5), max_size=8),
)
def test_what_is_peeled_is_what_the_parts_make(makes: Any, rows: list[str]) -> None:
    outputs = [tuple(itertools.chain.from_iterable(makes[part] for part in row)) for row in rows]
    found = peeled(
        [(n, (), list(row), y) for n, (row, y) in enumerate(zip(rows, outputs, strict=True))]
    )
    assert found is not None
    assert all(makes[part] == made for _, part, made in found)
    singles = {row for row in rows if len(row) == 1}
    assert singles <= {part for _, part, _ in found}
    assert len({part for _, part, _ in found}) == len(found)


def test_what_no_parts_make_is_told() -> None:
    assert peeled([(0, (), ["a"], (1,)), (1, (), ["a", "a"], (1, 2))]) is None
    assert peeled([(0, (), [], (1,))]) is None
    assert peeled([(0, 1, ["a"], (1,)), (1, 2, ["a", "a"], (1, 2))]) == [(0, "a", (1,))]
