"""Every grid primitive keeps its contract, and pairs of them the laws that link them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.domains.grids import GRIDS, transforms
from nsr.domains.grids.values import Grid, Objects, array_key, freeze
from nsr.errors import UndefinedError
from nsr.space import load_space

SPACE = load_space("grids")
LAW = settings(max_examples=60, deadline=None)
RUN = {name: primitive.function for name, primitive in GRIDS.primitives.items()}
BY_NAME = sorted(SPACE.applications)


@st.composite
def grids(draw: st.DrawFn, colors: int = 4, side: int = 7) -> Grid:
    """Small grids of few colours, so that pieces, repeats and symmetries happen."""
    height = draw(st.integers(1, side))
    width = draw(st.integers(1, side))
    cells = draw(
        st.lists(st.integers(0, colors - 1), min_size=height * width, max_size=height * width)
    )
    return freeze(np.reshape(cells, (height, width)))  # type: ignore[no-any-return]


def same(one: Grid, two: Grid) -> bool:
    return array_key(one) == array_key(two)


def test_grammar_and_domain_have_the_same_primitives() -> None:
    assert set(SPACE.applications) == set(GRIDS.primitives)


@pytest.mark.parametrize("name", BY_NAME)
def test_explains_itself(name: str) -> None:
    primitive = GRIDS.primitives[name]
    text = primitive.function.__doc__ or ""
    assert primitive.doc.endswith(".")
    assert len(primitive.doc) <= 100
    assert f">>> show({name}" in text or f"{primitive.function.__name__}(" in text


def arrays_in(value: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Objects):
        return [value.grid, value.labels]
    return [a for part in value for a in arrays_in(part)] if isinstance(value, tuple) else []


def argument(name: str, rng: np.random.Generator) -> Any:
    literal = GRIDS.literals.get(name)
    if literal is None:
        assert GRIDS.sample is not None
        return GRIDS.sample(name, rng)
    return literal.candidates[int(rng.integers(len(literal.candidates)))]


def check_random_applications(name: str, times: int, seed: int = 0) -> int:
    """Apply a primitive to random arguments; the number of times it had a value."""
    production = SPACE.applications[name]
    rng = np.random.default_rng([seed, BY_NAME.index(name)])
    kind = GRIDS.type(production.type)
    defined = 0
    for _ in range(times):
        arguments = [argument(a, rng) for a in production.args]
        if rng.random() < 0.7:  # many primitives want arguments of one shape
            shape = next((a.shape for a in arguments if isinstance(a, np.ndarray)), ())
            arguments = [
                freeze(np.resize(a, shape), a.dtype) if isinstance(a, np.ndarray) else a
                for a in arguments
            ]
        before = [a.copy() for a in arrays_in(tuple(arguments))]
        try:
            value = RUN[name](*arguments)
        except UndefinedError:
            continue
        after = arrays_in(tuple(arguments))
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        if not kind.fits(value):
            continue
        defined += 1
        assert kind.contains(value), value
        assert all(not a.flags.writeable and a.flags.c_contiguous for a in arrays_in(value))
        if isinstance(value, Objects):
            assert sorted(set(value.labels.ravel().tolist()) - {0}) == list(
                range(1, value.count + 1)
            )
        again = RUN[name](*arguments)
        assert kind.equal(value, again)
    return defined


OPEN = {
    n
    for n, p in SPACE.applications.items()
    if any(a in GRIDS.literals and not GRIDS.literals[a].candidates for a in p.args)
}
"""Primitives with a literal that only an inverse fills."""


@pytest.mark.parametrize("name", [n for n in BY_NAME if n not in OPEN])
def test_gives_values_of_its_type_and_leaves_arguments_alone(name: str) -> None:
    assert check_random_applications(name, 60) > 0


@pytest.mark.slow
def test_kernels_stay_inside_their_arrays(tmp_path: Path) -> None:
    code = (
        "from tests.test_grids_primitives import *\n"
        "for name in BY_NAME:\n"
        "    if name not in OPEN:\n"
        "        check_random_applications(name, 300, seed=1)\n"
    )
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


# -- laws -----------------------------------------------------------------------------------------
POSES = list(transforms.POSES.items())


@LAW
@given(grids())
def test_poses_form_the_dihedral_group(grid: Grid) -> None:
    for _, first in POSES:
        for _, second in POSES:
            both = second(first(grid))
            assert any(same(both, pose(grid)) for _, pose in POSES)
    for name, pose in POSES:
        order = 1 if name == "identity" else 4 if name in ("turn_left", "turn_right") else 2
        turned = grid
        for _ in range(order):
            turned = pose(turned)
        assert same(turned, grid)
    assert same(RUN["turn_right"](grid), RUN["flip_lr"](RUN["transpose"](grid)))


def test_poses_are_eight_different_ones() -> None:
    grid = freeze([[1, 2], [3, 4]])
    assert len({array_key(pose(grid)) for _, pose in POSES}) == 8


@LAW
@given(grids(colors=10))
def test_ranks_of_colours_go_back(grid: Grid) -> None:
    assert same(RUN["uncanonical"](RUN["canonical"](grid), grid), grid)


@LAW
@given(grids(), st.permutations(range(1, 10)))
def test_canonical_grid_does_not_depend_on_the_names_of_colours(
    grid: Grid, order: list[int]
) -> None:
    counts = np.bincount(grid.ravel(), minlength=4)[1:]
    if len(set(counts[counts > 0])) < np.count_nonzero(counts) or 0 not in grid:
        return  # equally common colours have no order of their own
    renamed = freeze(np.array([0, *order], np.uint8)[grid])
    assert same(RUN["canonical"](renamed), RUN["canonical"](grid))


@LAW
@given(grids(), st.integers(2, 3))
def test_scaling_is_undone(grid: Grid, factor: int) -> None:
    once = RUN["unscale"](grid)
    assert same(RUN["unscale"](RUN["scale"](once, factor)), RUN["unscale"](once))


@LAW
@given(grids())
def test_cropping_twice_is_cropping_once(grid: Grid) -> None:
    for name in ("crop", "without_repeats", "unscale"):
        try:
            once = RUN[name](grid)
        except UndefinedError:
            continue
        if name == "crop" and 0 not in once:
            continue  # the window's background is another colour
        assert same(RUN[name](once), once)


@LAW
@given(grids(), st.sampled_from(["north", "south", "west", "east"]))
def test_falling_keeps_every_cell_of_its_line(grid: Grid, direction: str) -> None:
    fallen = RUN["fall"](grid, direction)
    axis = 0 if direction in ("north", "south") else 1
    assert np.array_equal(np.sort(fallen, axis), np.sort(grid, axis))
    assert same(RUN["fall"](fallen, direction), fallen)


@LAW
@given(grids(side=4), st.data())
def test_symmetry_is_mended(quarter: Grid, data: st.DataObject) -> None:
    right = np.concatenate((quarter, quarter[:, ::-1]), 1)
    whole = np.concatenate((right, right[::-1]), 0)
    height, width = whole.shape
    hidden = whole.copy()
    top = data.draw(st.integers(0, height // 2 - 1))
    left = data.draw(st.integers(0, width // 2 - 1))
    hidden[top : height // 2, left : width // 2] = 9
    mended = RUN["mend_symmetry"](freeze(hidden), 9)
    # Hidden cells lie in one quarter, so the true axes fill them; a shorter, accidental axis may
    # agree with all that is seen and fill differently, but only where the colour was hidden.
    assert np.array_equal(mended[hidden != 9], whole[hidden != 9])
    assert not (mended == 9).any()


@LAW
@given(grids(side=3), st.integers(2, 3), st.integers(2, 3), st.data())
def test_tiling_is_mended(tile: Grid, down: int, across: int, data: st.DataObject) -> None:
    whole = np.tile(tile, (down, across))
    hidden = whole.copy()
    y = data.draw(st.integers(0, whole.shape[0] - 1))
    x = data.draw(st.integers(0, whole.shape[1] - 1))
    hidden[y, x] = 9
    try:
        mended = RUN["mend_tiling"](freeze(hidden), 9)
    except UndefinedError:
        assert whole.size <= 4
        return
    assert np.array_equal(mended[hidden != 9], whole[hidden != 9])
    assert mended[y, x] != 9
    found = RUN["one_tile"](freeze(whole)) if whole.size > 1 else tile
    assert found.size <= tile.size


@LAW
@given(grids())
def test_joining_only_paints_background(grid: Grid) -> None:
    back = RUN["background"](grid)
    for name in (
        "join",
        "join_rows",
        "join_columns",
        "join_diagonals",
        "cross",
        "diagonal_cross",
        "row_stripes",
        "column_stripes",
        "grow",
        "grow4",
        "nearest",
        "fill_solid",
        "symmetric",
    ):
        painted = RUN[name](grid)
        kept = grid != back
        assert np.array_equal(painted[kept], grid[kept]), name


@LAW
@given(grids(), grids())
def test_overlay_laws(one: Grid, two: Grid) -> None:
    two = freeze(np.resize(two, one.shape))
    assert same(RUN["overlay"](one, one), one)
    if 0 in one and 0 in two:
        rest, shared = RUN["minus"](one, two), RUN["masked"](one, two)
        assert np.array_equal(rest + shared, one)
        swapped = RUN["either"](two, one)
        assert np.array_equal(RUN["either"](one, two) > 0, swapped > 0)


@LAW
@given(grids())
def test_panels_cover_all_but_the_lines(grid: Grid) -> None:
    try:
        panels = RUN["panels"](grid)
    except UndefinedError:
        return
    assert sum(p.size for p in panels) < grid.size


def test_sides_beyond_thirty_are_undefined() -> None:
    large = freeze(np.ones((30, 30)))
    too_large = {"frame": (large, 1), "scale": (large, 2), "beside": (large, large)}
    for name, arguments in too_large.items():
        with pytest.raises(UndefinedError):
            RUN[name](*arguments)
