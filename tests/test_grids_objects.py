"""Objects and their properties against slow, plain definitions."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.domains.grids import GRIDS
from nsr.domains.grids.measures import PROPERTIES, measure
from nsr.domains.grids.values import Grid, Objects, freeze
from nsr.errors import UndefinedError
from tests.test_grids_primitives import grids

LAW = settings(max_examples=60, deadline=None)
RUN = {name: primitive.function for name, primitive in GRIDS.primitives.items()}
Cells = frozenset[tuple[int, int]]


def pieces_by_graph(grid: Grid, diagonal: bool, mixed: bool, everything: bool) -> set[Cells]:
    """Connected components of the graph of touching cells, by networkx."""
    back = -1 if everything else RUN["background"](grid)
    cells = [c for c in np.ndindex(grid.shape) if grid[c] != back]
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(cells)
    for (y, x), (dy, dx) in product(cells, [(0, 1), (1, 0), (1, 1), (1, -1)]):
        other = (y + dy, x + dx)
        joined = other in graph and (mixed or grid[y, x] == grid[other])
        if joined and (diagonal or not (dy and dx)):
            graph.add_edge((y, x), other)
    return {frozenset(c) for c in nx.connected_components(graph)}


def cells_of(objects: Objects) -> list[Cells]:
    return [
        frozenset((int(y), int(x)) for y, x in np.argwhere(objects.labels == k + 1))
        for k in range(objects.count)
    ]


KINDS = {
    "pieces": (False, False, False),
    "pieces8": (True, False, False),
    "clusters": (False, True, False),
    "clusters8": (True, True, False),
    "regions": (False, False, True),
}


@LAW
@given(grids())
def test_pieces_are_connected_components(grid: Grid) -> None:
    for name, options in KINDS.items():
        expected = pieces_by_graph(grid, *options)
        try:
            objects = RUN[name](grid)
        except UndefinedError:
            assert not expected
            continue
        assert set(cells_of(objects)) == expected
        firsts = [min(cells) for cells in cells_of(objects)]
        assert firsts == sorted(firsts)


@LAW
@given(grids())
def test_gaps_are_components_of_enclosed_background(grid: Grid) -> None:
    back = RUN["background"](grid)
    height, width = grid.shape
    graph = nx.grid_2d_graph(height + 2, width + 2)
    graph.remove_nodes_from(
        [(y + 1, x + 1) for y, x in np.ndindex(height, width) if grid[y, x] != back]
    )
    outside = nx.node_connected_component(graph, (0, 0))
    expected = {
        frozenset((y - 1, x - 1) for y, x in part)
        for part in nx.connected_components(graph)
        if not part <= outside
    }
    try:
        assert set(cells_of(RUN["gaps"](grid))) == expected
    except UndefinedError:
        assert not expected


def plain(grid: Grid, objects: Objects, name: str) -> list[int]:
    """A property straight from its meaning."""
    all_cells = cells_of(objects)

    def box(cells: Cells) -> tuple[int, int, int, int]:
        ys, xs = zip(*cells, strict=True)
        return min(ys), min(xs), max(ys), max(xs)

    def form(cells: Cells) -> Cells:
        top, left, _, _ = box(cells)
        return frozenset((y - top, x - left) for y, x in cells)

    def forms(cells: Cells) -> set[Cells]:
        found, turned = set(), cells
        for _ in range(4):
            turned = frozenset((x, -y) for y, x in turned)
            found |= {form(turned), form(frozenset((y, -x) for y, x in turned))}
        return found

    def look(cells: Cells) -> frozenset[tuple[int, int, int]]:
        top, left, _, _ = box(cells)
        return frozenset((y - top, x - left, int(grid[y, x])) for y, x in cells)

    def color(cells: Cells) -> int:
        return int(np.bincount([grid[c] for c in cells]).argmax())

    def near(one: Cells, two: Cells) -> bool:
        return any(max(abs(a - c), abs(b - d)) == 1 for (a, b), (c, d) in product(one, two))

    def gap(one: Cells, two: Cells) -> int:
        t, le, b, r = box(one)
        t2, l2, b2, r2 = box(two)
        return max(max(t - b2, t2 - b, 1), max(le - r2, l2 - r, 1)) - 1

    def run(cells: Cells) -> int:
        best = 0
        for (y, x), (dy, dx) in product(cells, [(0, 1), (1, 0)]):
            length = 1
            while (y + dy * length, x + dx * length) in cells:
                length += 1
            best = max(best, length)
        return best

    def holes(cells: Cells) -> int:
        top, left, bottom, right = box(cells)
        graph = nx.grid_2d_graph(bottom - top + 3, right - left + 3)
        graph.remove_nodes_from([(y - top + 1, x - left + 1) for y, x in cells])
        return nx.number_connected_components(graph) - 1

    height, width = grid.shape
    result = []
    for cells in all_cells:
        top, left, bottom, right = box(cells)
        others = [c for c in all_cells if c is not cells]
        rows, columns = bottom - top + 1, right - left + 1
        boxes = [box(c) for c in others]
        result.append(
            {
                "area": len(cells),
                "top": top,
                "left": left,
                "bottom": bottom,
                "right": right,
                "height": rows,
                "width": columns,
                "box": rows * columns,
                "color": color(cells),
                "colors": len({int(grid[c]) for c in cells}),
                "odd_cells": sum(grid[c] != color(cells) for c in cells),
                "border": (top == 0 or left == 0 or bottom == height - 1 or right == width - 1),
                "full": len(cells) == rows * columns,
                "square": rows == columns,
                "holes": holes(cells),
                "symmetric_lr": form(frozenset((y, -x) for y, x in cells)) == form(cells),
                "symmetric_ud": form(frozenset((-y, x) for y, x in cells)) == form(cells),
                "symmetric_diagonal": (
                    form(cells)
                    in (
                        form(frozenset((x, y) for y, x in cells)),
                        form(frozenset((-x, -y) for y, x in cells)),
                    )
                ),
                "longest_line": run(cells),
                "same_shape": sum(form(c) == form(cells) for c in all_cells),
                "same_pose": sum(form(c) in forms(cells) for c in all_cells),
                "same_look": sum(look(c) == look(cells) for c in all_cells),
                "same_color": sum(color(c) == color(cells) for c in all_cells),
                "same_area": sum(len(c) == len(cells) for c in all_cells),
                "rank_area": sum(len(c) > len(cells) for c in others),
                "rank_top": sum(b[0] < top for b in boxes),
                "rank_left": sum(b[1] < left for b in boxes),
                "touching": sum(near(c, cells) for c in others),
                "inside": sum(
                    b[0] <= top and b[1] <= left and b[2] >= bottom and b[3] >= right for b in boxes
                ),
                "distance": min([30, *(gap(cells, c) for c in others)]),
            }[name]
        )
    return [int(number) for number in result]


@pytest.mark.parametrize("name", PROPERTIES)
@settings(max_examples=25, deadline=None)
@given(grid=grids(), kind=st.sampled_from(sorted(KINDS)))
def test_properties_mean_what_they_say(name: str, grid: Grid, kind: str) -> None:
    try:
        objects = RUN[kind](grid)
    except UndefinedError:
        return
    numbers = measure(objects, name)
    assert numbers.dtype == np.int32
    assert not numbers.flags.writeable
    assert numbers.tolist() == plain(grid, objects, name)


@LAW
@given(grids(), st.sampled_from(sorted(PROPERTIES)))
def test_choosing_splits_the_objects(grid: Grid, name: str) -> None:
    objects = RUN["regions"](grid)
    numbers = measure(objects, name).tolist()
    largest = RUN["largest"](objects, name)
    assert largest.count == numbers.count(max(numbers))
    assert set(measure(largest, "area").tolist()) <= set(measure(objects, "area").tolist())
    wanted = numbers[0]
    having = RUN["having"](objects, name, wanted)
    assert having.count == numbers.count(wanted)
    try:
        lacking = RUN["lacking"](objects, name, wanted)
    except UndefinedError:
        assert set(numbers) == {wanted}
    else:
        assert not ((having.labels > 0) & (lacking.labels > 0)).any()
        assert ((having.labels > 0) | (lacking.labels > 0)).all()


@LAW
@given(grids())
def test_cut_out_objects_put_back_give_the_grid(grid: Grid) -> None:
    objects = RUN["regions"](grid)
    drawn = np.zeros_like(grid)
    for crop, view, cells in zip(
        RUN["crops"](objects), RUN["views"](objects), cells_of(objects), strict=True
    ):
        top, left = (min(c[axis] for c in cells) for axis in (0, 1))
        for y, x in cells:
            assert crop[y - top, x - left] == view[y - top, x - left] == grid[y, x]
            drawn[y, x] = crop[y - top, x - left]
    assert np.array_equal(drawn, grid)
    areas = [crop.size for crop in RUN["in_order"](objects, "box")]
    assert areas == sorted(areas)


@LAW
@given(grids())
def test_drawing_and_erasing_are_opposites(grid: Grid) -> None:
    try:
        objects = RUN["smallest"](RUN["pieces"](grid), "area")
    except UndefinedError:
        return
    only, rest = RUN["render"](objects), RUN["erase"](objects)
    back = RUN["background"](grid)
    assert np.array_equal(np.where(only != back, only, rest), grid)
    for kind in ("boxes", "box_insides"):
        try:
            area = RUN[kind](objects)
        except UndefinedError:
            assert kind == "box_insides"
            continue
        boxes = RUN["boxes"](objects).labels > 0
        assert not ((area.labels > 0) & ~boxes).any()


def test_the_only_odd_one_is_found_and_ties_are_not() -> None:
    objects = RUN["pieces"](freeze([[1, 0, 2, 0, 3], [0, 0, 2, 0, 0]]))
    assert RUN["unique"](objects, "area").count == 1
    with pytest.raises(UndefinedError):
        RUN["unique"](objects, "color")
    with pytest.raises(UndefinedError):
        measure(objects, "flavour")
