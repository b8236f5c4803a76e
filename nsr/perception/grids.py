"""A grid perceived: background, pieces and how they relate, panels, symmetries, repetition.

`perceive` gives a networkx graph of the objects; `scene` shows the same as a grounded symbol tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt

from nsr.domains.grids import areas, objects, repair, tables, transforms
from nsr.domains.grids._kernel import background_of
from nsr.domains.grids.measures import PROPERTIES, measure
from nsr.domains.grids.values import Grid, Objects, array_key
from nsr.errors import UndefinedError
from nsr.symbols import Node

COLOR_NAMES = (
    "black",
    "blue",
    "red",
    "green",
    "yellow",
    "grey",
    "magenta",
    "orange",
    "cyan",
    "maroon",
)
"""What people call the ten colours."""

RELATIONS: dict[str, str] = {
    "touches": "a cell of one is next to a cell of the other, corners included",
    "same_shape": "their cells form the same shape",
    "same_look": "their cells form the same shape in the same colours",
    "same_color": "their commonest colour is the same",
    "shares_rows": "some row has cells of both bounding boxes",
    "shares_columns": "some column has cells of both bounding boxes",
    "above": "the first ends in a row before the other begins",
    "left_of": "the first ends in a column before the other begins",
    "inside": "the first one's bounding box lies in the other one's, and is smaller",
}
"""Name -> meaning of every relation from a first to another object."""

SYMMETRIC = frozenset(
    ("touches", "same_shape", "same_look", "same_color", "shares_rows", "shares_columns")
)
"""Relations that hold both ways."""


class Box(NamedTuple):
    """A window of a grid."""

    top: int
    left: int
    height: int
    width: int

    def surrounds(self, other: Box) -> bool:
        """Whether another window lies in this one without touching its rim."""
        return (
            self.top < other.top
            and self.left < other.left
            and other.top + other.height < self.top + self.height
            and other.left + other.width < self.left + self.width
        )

    def __str__(self) -> str:
        return f"{self.height}x{self.width} at ({self.top}, {self.left})"


@dataclass(frozen=True)
class Layout:
    """What a grid is as a whole.

    Args:
        size: height and width.
        background: 0 where the grid has it, else its commonest colour.
        colors: every colour, ascending.
        separator: colour of the lines between panels, or `None`.
        panels: windows between the lines, in reading order.
        symmetries: names of the poses, besides the identity, that change nothing.
        tile: rows and columns of the smallest tile that the grid repeats, or `None`.
    """

    size: tuple[int, int]
    background: int
    colors: tuple[int, ...]
    separator: int | None
    panels: tuple[Box, ...]
    symmetries: tuple[str, ...]
    tile: tuple[int, int] | None


def layout(grid: Grid) -> Layout:
    """Background, panels, symmetries and repetition of a grid."""
    separator = int(tables.separator_color(grid, False))
    windows: tuple[Box, ...] = ()
    if separator >= 0:
        rows, columns = tables.separator_lines(grid, separator)
        windows = tuple(
            Box(a, c, b - a, d - c) for a, b in tables.spans(rows) for c, d in tables.spans(columns)
        )
    key = array_key(grid)
    try:
        tile: tuple[int, int] | None = repair.one_tile(grid).shape
    except UndefinedError:
        tile = None
    return Layout(
        size=grid.shape,
        background=int(background_of(grid)),
        colors=tuple(int(color) for color in np.unique(grid)),
        separator=separator if len(windows) > 1 else None,
        panels=windows if len(windows) > 1 else (),
        symmetries=tuple(
            name
            for name, pose in transforms.POSES.items()
            if name != "identity" and array_key(pose(grid)) == key
        ),
        tile=tile,
    )


def relation_matrices(found: Objects) -> dict[str, npt.NDArray[np.bool_]]:
    """Relation -> `bool` matrix of shape (count, count): row stands for the first object.

    No object is related to itself.
    """
    top, left, bottom, right = (measure(found, side) for side in ("top", "left", "bottom", "right"))
    box = measure(found, "box")
    color = measure(found, "color")
    shape, look = _forms(found)
    holds = (
        (top[:, None] >= top)
        & (left[:, None] >= left)
        & (bottom[:, None] <= bottom)
        & (right[:, None] <= right)
    )
    matrices = {
        "touches": _touching(found),
        "same_shape": shape[:, None] == shape,
        "same_look": look[:, None] == look,
        "same_color": color[:, None] == color,
        "shares_rows": (top[:, None] <= bottom) & (top <= bottom[:, None]),
        "shares_columns": (left[:, None] <= right) & (left <= right[:, None]),
        "above": bottom[:, None] < top,
        "left_of": right[:, None] < left,
        "inside": holds & (box[:, None] < box),
    }
    for matrix in matrices.values():
        np.fill_diagonal(matrix, False)
    return matrices


def _forms(found: Objects) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Numbers that are equal just for objects of one shape, and of one shape and colouring."""
    shapes: dict[Any, int] = {}
    looks: dict[Any, int] = {}
    shape, look = [], []
    boxes = zip(
        *(measure(found, s).tolist() for s in ("top", "left", "bottom", "right")), strict=True
    )
    for k, (top, left, bottom, right) in enumerate(boxes):
        window = slice(top, bottom + 1), slice(left, right + 1)
        own = found.labels[window] == k + 1
        form = (own.shape, own.tobytes())
        shape.append(shapes.setdefault(form, len(shapes)))
        look.append(looks.setdefault((form, found.grid[window][own].tobytes()), len(looks)))
    return np.array(shape), np.array(look)


def _touching(found: Objects) -> npt.NDArray[np.bool_]:
    labels = found.labels
    touching = np.zeros((found.count + 1, found.count + 1), np.bool_)
    for one, two in (
        (labels[1:], labels[:-1]),
        (labels[:, 1:], labels[:, :-1]),
        (labels[1:, 1:], labels[:-1, :-1]),
        (labels[1:, :-1], labels[:-1, 1:]),
    ):
        touching[one, two] = True
        touching[two, one] = True
    return touching[1:, 1:].copy()


def perceive(grid: Grid, found: Objects | None = None) -> nx.MultiDiGraph:
    """The objects of a grid and their relations.

    Args:
        grid: what is looked at.
        found: how it is cut; by default into pieces of one colour, joined through sides and
            corners.

    Returns:
        A graph with a node per object, numbered in reading order, that carries `window` (a
        `Box`), `gaps` (`Box`es of enclosed background), `frame` (whether it is the rim of its
        window) and every property of `measure`; an edge per relation that holds, keyed by its
        name; and the `Layout` in `graph.graph["layout"]`.
        Without objects the graph is empty.

    >>> graph = perceive(grid("110/000/022"))
    >>> sorted(relation for _, _, relation in graph.edges(0, keys=True))
    ['above', 'same_shape', 'shares_columns']
    """
    graph = nx.MultiDiGraph(layout=layout(grid))
    if found is None:
        try:
            found = objects.pieces8(grid)
        except UndefinedError:
            return graph
    columns = {name: measure(found, name).tolist() for name in PROPERTIES}
    holes = _holes_of(grid, found)
    for k, box in enumerate(_windows(found)):
        numbers = {name: column[k] for name, column in columns.items()}
        graph.add_node(
            k, window=box, gaps=holes.get(k, ()), frame=_is_frame(found, k, box), **numbers
        )
    for name, matrix in relation_matrices(found).items():
        graph.add_edges_from((a, b, name) for a, b in np.argwhere(matrix).tolist())
    return graph


def _holes_of(grid: Grid, found: Objects) -> dict[int, tuple[Box, ...]]:
    """Windows of enclosed background, by the smallest object that touches and surrounds them."""
    try:
        gaps = areas.gaps(grid)
    except UndefinedError:
        return {}
    owned: dict[int, tuple[Box, ...]] = {}
    windows, inner = _windows(found), _windows(gaps)
    for k, hole in enumerate(inner):
        # Gaps never reach the edge, so the frame around one is inside the grid.
        around = found.labels[
            hole.top - 1 : hole.top + hole.height + 1, hole.left - 1 : hole.left + hole.width + 1
        ]
        owners = [
            int(label) - 1
            for label in np.unique(around[around > 0])
            if windows[label - 1].surrounds(hole)
        ]
        if owners:
            owner = min(owners, key=lambda o: windows[o].height * windows[o].width)
            owned[owner] = (*owned.get(owner, ()), inner[k])
    return owned


def _windows(found: Objects) -> list[Box]:
    sides = (measure(found, side).tolist() for side in ("top", "left", "height", "width"))
    return [Box(*window) for window in zip(*sides, strict=True)]


def _is_frame(found: Objects, k: int, box: Box) -> bool:
    """Whether an object is just the outermost ring of its bounding box."""
    own = found.labels[box.top : box.top + box.height, box.left : box.left + box.width] == k + 1
    rim = np.ones_like(own)
    rim[1:-1, 1:-1] = False
    return bool(np.array_equal(own, rim)) and not rim.all()


def form_name(numbers: dict[str, Any]) -> str:
    """What a person would call an object with these properties.

    >>> form_name({"area": 4, "height": 2, "width": 2, "full": 1, "square": 1})
    'square'
    """
    if numbers["area"] == 1:
        return "dot"
    if numbers["full"]:
        if min(numbers["height"], numbers["width"]) == 1:
            return "row" if numbers["height"] == 1 else "column"
        return "square" if numbers["square"] else "rectangle"
    return "frame" if numbers["frame"] else "ring" if numbers["holes"] else "piece"


def scene(grid: Grid, found: Objects | None = None) -> Node:
    """A grid as a grounded symbol tree: the whole, its panels, and its objects, nested.

    An object stands below the smallest object whose bounding box holds its own. Pieces are
    `Box`es; the value of an object is the name of its colour.

    >>> print(scene(grid("0000000/0555000/0515000/0555000/0000000/0000000")).draw())
    grid = 6x7
    ├─ background = black
    └─ frame = grey
       └─ dot = blue
    """
    graph = perceive(grid, found)
    whole: Layout = graph.graph["layout"]
    everything = Box(0, 0, *whole.size)
    parts = [Node(everything, "background", COLOR_NAMES[whole.background])]
    parts += [Node(everything, "symmetry", name) for name in whole.symmetries]
    if whole.tile is not None:
        parts.append(Node(Box(0, 0, *whole.tile), "tile", f"{whole.tile[0]}x{whole.tile[1]}"))
    if whole.separator is not None:
        windows = tuple(Node(box, "panel", f"{box.height}x{box.width}") for box in whole.panels)
        parts.append(Node(everything, "separator", COLOR_NAMES[whole.separator], children=windows))
    below: dict[int | None, list[int]] = {}
    for k in graph:
        around = [b for _, b, name in graph.out_edges(k, keys=True) if name == "inside"]
        parent = min(around, key=lambda b: (graph.nodes[b]["box"], b), default=None)
        below.setdefault(parent, []).append(k)
    parts += [_object_node(graph, below, k) for k in below.get(None, ())]
    return Node(everything, "grid", f"{whole.size[0]}x{whole.size[1]}", children=tuple(parts))


def _object_node(graph: nx.MultiDiGraph, below: dict[int | None, list[int]], k: int) -> Node:
    numbers = graph.nodes[k]
    inner = [Node(box, "hole") for box in numbers["gaps"]]
    inner += [_object_node(graph, below, child) for child in below.get(k, ())]
    color = COLOR_NAMES[numbers["color"]]
    if numbers["colors"] > 1:
        color += f" and {numbers['colors'] - 1} more"
    return Node(numbers["window"], form_name(numbers), color, children=tuple(inner))
