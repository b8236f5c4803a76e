"""What is perceived in a grid, against plain definitions; sizes that rules predict."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.domains.grids import GRIDS, transforms
from nsr.domains.grids.measures import PROPERTIES
from nsr.domains.grids.values import Grid, freeze
from nsr.errors import UndefinedError
from nsr.perception.grids import RELATIONS, SYMMETRIC, Box, form_name, layout, perceive, scene
from nsr.perception.sizes import predict_sizes, size_tree
from tests.test_grids_objects import cells_of
from tests.test_grids_primitives import grids

LAW = settings(max_examples=60, deadline=None)
RUN = {name: primitive.function for name, primitive in GRIDS.primitives.items()}


def edges(graph: nx.MultiDiGraph) -> set[tuple[int, int, str]]:
    return set(graph.edges(keys=True))


@LAW
@given(grids())
def test_nodes_are_the_objects(grid: Grid) -> None:
    graph = perceive(grid)
    try:
        cells = cells_of(RUN["pieces8"](grid))
    except UndefinedError:
        cells = []
    assert list(graph) == list(range(len(cells)))
    for k, own in enumerate(cells):
        rows, columns = zip(*own, strict=True)
        top, left = min(rows), min(columns)
        box = Box(top, left, max(rows) - top + 1, max(columns) - left + 1)
        assert graph.nodes[k]["window"] == box
        assert set(PROPERTIES) <= set(graph.nodes[k])


@LAW
@given(grids())
def test_relations_mean_what_they_say(grid: Grid) -> None:
    try:
        objects = RUN["regions"](grid)
    except UndefinedError:
        return
    found = edges(perceive(grid, objects))
    assert {name for _, _, name in found} <= set(RELATIONS)
    all_cells = cells_of(objects)

    def form(k: int) -> frozenset[tuple[int, int]]:
        rows, columns = zip(*all_cells[k], strict=True)
        return frozenset((y - min(rows), x - min(columns)) for y, x in all_cells[k])

    def box(k: int) -> tuple[int, int, int, int]:
        rows, columns = zip(*all_cells[k], strict=True)
        return min(rows), min(columns), max(rows), max(columns)

    for a in range(objects.count):
        for b in range(objects.count):
            if a == b:
                assert not any((a, a, name) in found for name in RELATIONS)
                continue
            (t, le, bo, r), (t2, l2, b2, r2) = box(a), box(b)
            near = any(
                max(abs(y - v), abs(x - u)) == 1 for y, x in all_cells[a] for v, u in all_cells[b]
            )
            one_color = grid[min(all_cells[a])] == grid[min(all_cells[b])]
            expected = {
                "touches": near,
                "same_shape": form(a) == form(b),
                "same_look": form(a) == form(b) and one_color,
                "same_color": one_color,
                "shares_rows": max(t, t2) <= min(bo, b2),
                "shares_columns": max(le, l2) <= min(r, r2),
                "above": bo < t2,
                "left_of": r < l2,
                "inside": t2 <= t and l2 <= le and b2 >= bo and r2 >= r and box(a) != box(b),
            }
            assert {name for name, holds in expected.items() if holds} == {
                name for name in RELATIONS if (a, b, name) in found
            }


@LAW
@given(grids())
def test_symmetric_relations_go_both_ways_and_others_never(grid: Grid) -> None:
    found = edges(perceive(grid))
    for a, b, name in found:
        assert ((b, a, name) in found) == (name in SYMMETRIC)


@LAW
@given(grids(side=4))
def test_layout_sees_symmetries_and_tiles(grid: Grid) -> None:
    seen = layout(grid)
    assert set(seen.symmetries) == {
        name
        for name, pose in transforms.POSES.items()
        if name != "identity" and np.array_equal(pose(grid), grid)
    }
    tiled = layout(freeze(np.tile(grid, (2, 3))))
    assert tiled.tile is not None
    rows, columns = tiled.tile
    assert rows <= grid.shape[0] or columns <= grid.shape[1]
    repeated = np.tile(grid, (2, 3))
    for y, x in np.ndindex(repeated.shape):
        assert repeated[y, x] == repeated[y % rows, x % columns]


@LAW
@given(grids(colors=3, side=3), st.integers(1, 3), st.integers(1, 3))
def test_layout_sees_the_panels(panel: Grid, down: int, across: int) -> None:
    height, width = panel.shape
    grid = np.full((down * (height + 1) - 1, across * (width + 1) - 1), 5)
    marked = panel.copy()
    marked[0, 0] = 0  # so that 0 is the background
    if height * width == 1 or down * across == 1:
        return
    for i in range(down):
        for j in range(across):
            y, x = i * (height + 1), j * (width + 1)
            grid[y : y + height, x : x + width] = marked
    seen = layout(freeze(grid))
    if seen.separator == 5:
        assert len(seen.panels) == down * across
        assert {(box.height, box.width) for box in seen.panels} == {panel.shape}
    else:  # a colour of the panels makes as many full lines
        assert seen.separator in panel


@LAW
@given(grids())
def test_scene_holds_every_object_once_and_nests_boxes(grid: Grid) -> None:
    graph = perceive(grid)
    tree = scene(grid)
    names = {"dot", "row", "column", "square", "rectangle", "frame", "ring", "piece"}
    shown = [node for _, node in tree.walk() if node.symbol in names]
    assert len(shown) == len(graph)
    for _, node in tree.walk():
        for child in node.children:
            if node.symbol in names:
                inner, outer = child.piece, node.piece
                assert outer.top <= inner.top
                assert outer.left <= inner.left
                assert inner.top + inner.height <= outer.top + outer.height
                assert inner.left + inner.width <= outer.left + outer.width
    assert tree.draw().count("\n") + 1 == tree.size


def test_forms_have_names() -> None:
    def names(rows: list[str]) -> list[str]:
        graph = perceive(freeze([[int(cell) for cell in row] for row in rows]))
        return [form_name(graph.nodes[k]) for k in graph]

    assert names(["1000", "0022", "0022"]) == ["dot", "square"]
    assert names(["1110", "0002", "0002"]) == ["row", "column"]
    assert names(["11100", "10100", "11100"]) == ["frame"]
    assert names(["11110", "10111", "11110"]) == ["ring"]
    assert names(["110", "011"]) == ["piece"]


# -- sizes ---------------------------------------------------------------------------------------
@LAW
@given(st.lists(grids(), min_size=3, max_size=4), st.sampled_from(["transpose", "crop", "frame"]))
def test_the_size_a_primitive_gives_is_among_the_predictions(seen: list[Grid], name: str) -> None:
    more = (3,) if name == "frame" else ()
    try:
        outputs = [RUN[name](grid, *more) for grid in seen]
    except UndefinedError:
        return
    rules = predict_sizes(seen[:-1], outputs[:-1], seen[-1:])
    assert outputs[-1].shape in [rule.sizes[0] for rule in rules] or name == "frame"
    if len({grid.shape[0] for grid in seen[:-1]}) > 1 < len({grid.shape[1] for grid in seen[:-1]}):
        assert outputs[-1].shape in [rule.sizes[0] for rule in rules]
    assert sum(rule.confidence for rule in rules) <= 1.0 + 1e-9
    confidences = [rule.confidence for rule in rules]
    assert confidences == sorted(confidences, reverse=True)


@LAW
@given(st.lists(grids(), min_size=2, max_size=3), st.data())
def test_every_rule_is_distinct_and_inside_the_limits(
    seen: list[Grid], data: st.DataObject
) -> None:
    outputs = [data.draw(grids()) for _ in seen]
    query = data.draw(grids())
    rules = predict_sizes(seen, outputs, [query])
    assert len({rule.sizes for rule in rules}) == len(rules)
    assert all(1 <= side <= 30 for rule in rules for size in rule.sizes for side in size)


def test_a_count_becomes_a_width() -> None:
    inputs = [freeze([[1, 0, 2, 0, 0]]), freeze([[1, 0, 2, 0, 3]]), freeze([[0, 0, 2, 0, 0]])]
    outputs = [freeze(np.ones((1, n))) for n in (2, 3, 1)]
    query = freeze([[1, 0, 2, 0, 3, 0, 4, 0, 5]])
    rules = predict_sizes(inputs, outputs, [query])
    assert rules[0].sizes == ((1, 5),)
    tree = size_tree(rules)
    assert len(tree.children) == len(rules)
    assert "1x5" in tree.draw()


def test_no_rule_is_no_prediction() -> None:
    inputs = [freeze(np.zeros((3, 3)))] * 2
    outputs = [freeze(np.zeros((2, 2))), freeze(np.zeros((5, 7)))]
    assert predict_sizes(inputs, outputs, inputs[:1]) == []
    assert size_tree([]).draw() == "output size"
