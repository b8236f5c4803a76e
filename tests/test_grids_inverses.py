"""Inverses: what they solve reproduces the target, and what can be solved is solved."""

from __future__ import annotations

import numpy as np
import pytest

from nsr.domains.grids import GRIDS
from nsr.domains.grids.values import freeze
from nsr.space import load_space
from nsr.values import Column

SPACE = load_space("grids")
RNG_SEEDS = range(12)

KNOWN_PARAMETERS = {
    "recolor": ((0, 4), (1, 2), (2, 7)),
    "mosaic": (("same", "fliph"), ("flipv", "rot180")),
    "window": (1, 1, 2, 2),
    "scale": 2,
    "repeat_across": 2,
    "repeat_down": 3,
    "dye": 6,
    "fill_enclosed": 6,
    "link": 6,
    "outline4": 6,
    "paint": 6,
    "rim": 6,
    "set_background": 6,
}


def random_grid(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    return freeze(rng.integers(0, 3, (height, width)))


def arguments(name: str, rng: np.random.Generator) -> list[Column]:
    """Two examples' worth of known first arguments."""
    kind = SPACE.applications[name].args[0]
    grids = tuple(random_grid(rng, 5, 6) for _ in range(2))
    if kind == "objects":
        return [tuple(map(GRIDS.primitives["pieces"].function, grids))]
    return [grids]


@pytest.mark.parametrize("seed", RNG_SEEDS)
@pytest.mark.parametrize("name", sorted(KNOWN_PARAMETERS))
def test_one_parameter_is_found_again(name: str, seed: int) -> None:
    primitive = GRIDS.primitives[name]
    rng = np.random.default_rng(seed)
    (states,) = arguments(name, rng)
    target = tuple(primitive.function(s, KNOWN_PARAMETERS[name]) for s in states)
    if all(np.array_equal(getattr(s, "grid", s), t) for s, t in zip(states, target, strict=True)):
        pytest.skip("the parameter changes nothing here")
    inverse = primitive.inverses[1]
    assert inverse.admits(0, states, target)
    solutions = list(inverse.solve([states, None], target))
    assert solutions
    for solution in solutions:
        per_example = SPACE.applications[name].args[1] in GRIDS.types
        values = solution if per_example else (solution,) * len(states)
        again = [primitive.function(s, v) for s, v in zip(states, values, strict=True)]
        assert all(np.array_equal(a, t) for a, t in zip(again, target, strict=True))


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_a_table_of_two_grids_is_found_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (tuple(random_grid(rng, 4, 4) for _ in range(2)) for _ in range(2))
    table = tuple((a, b, int(rng.integers(10))) for a in range(3) for b in range(3))
    combine = GRIDS.primitives["combine"]
    target = tuple(combine.function(a, b, table) for a, b in zip(left, right, strict=True))
    (found,) = combine.inverses[2].solve([left, right, None], target)
    assert set(found) <= set(table)
    again = tuple(combine.function(a, b, found) for a, b in zip(left, right, strict=True))
    assert all(np.array_equal(a, t) for a, t in zip(again, target, strict=True))


def test_a_table_that_contradicts_itself_is_refused() -> None:
    left = (freeze([[1, 1]]),)
    right = (freeze([[0, 0]]),)
    target = (freeze([[2, 3]]),)
    assert not list(GRIDS.primitives["combine"].inverses[2].solve([left, right, None], target))


@pytest.mark.parametrize(("name", "axis"), [("beside", 1), ("above", 0)])
def test_what_is_left_of_a_stack(name: str, axis: int) -> None:
    rng = np.random.default_rng(0)
    first, second = random_grid(rng, 4, 4), random_grid(rng, 4, 4)
    target = (GRIDS.primitives[name].function(first, second),)
    ((rest,),) = GRIDS.primitives[name].inverses[1].solve([(first,), None], target)
    assert np.array_equal(rest, second)
    assert not list(GRIDS.primitives[name].inverses[1].solve([(second,), None], target))


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_the_tile_of_a_stamp_is_found_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, tile = random_grid(rng, 3, 2), random_grid(rng, 2, 3)
    stamp = GRIDS.primitives["stamp"]
    target = (stamp.function(places, tile),)
    if not places.any():
        pytest.skip("nothing is stamped")
    ((found,),) = stamp.inverses[1].solve([(places,), None], target)
    assert np.array_equal(found, tile)


def test_queries_do_not_disturb_an_inverse() -> None:
    """Known columns are longer than the target: the inputs without outputs follow."""
    states = (freeze([[1, 0]]), freeze([[5, 5]]))
    target = (freeze([[3, 0]]),)
    assert list(GRIDS.primitives["recolor"].inverses[1].solve([states, None], target)) == [
        ((1, 3),)
    ]
