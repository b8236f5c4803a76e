"""A grounded symbol tree as a drawing (SVG) and as a page (HTML), both without outside parts."""

from __future__ import annotations

import base64
import itertools
import struct
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from nsr.render.view import printable
from nsr.symbols import Node
from nsr.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHARACTER: Final = 7.9
"""Width of a character in pixels, in the font of the drawing."""
LINE: Final = 17
WIDE: Final = 26
"""Characters to a line of a value."""
LINES: Final = 3
"""Of a value; what is longer is shortened, and whole in the tooltip."""
TILE: Final = 46
"""Longer side of a picture in pixels."""
NOTHING: Final = "(nothing)"

_PAD, _GAP, _RISE, _MARGIN, _ROUND = 8, 12, 26, 14, 6
_DRAWING = """
.nsr-tree { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.nsr-tree text { fill: #1b1f24; text-anchor: middle; }
.nsr-tree .s { font-weight: bold; } .nsr-tree .p { font-weight: normal; font-size: 11px; }
.nsr-tree .bg { fill: #fff; } .nsr-tree .box { fill: #f1f3f5; stroke: #57606a; }
.nsr-tree .leaf { fill: #fff; } .nsr-tree path { fill: none; stroke: #57606a; stroke-width: 1.4; }
.nsr-tree .own { stroke-dasharray: 1.5 4; stroke-linecap: round; stroke-width: 1.8; }
.nsr-tree .tile { fill: none; stroke: #57606a; }
@media (prefers-color-scheme: dark) {
.nsr-tree text { fill: #e6edf3; } .nsr-tree .bg { fill: #0d1117; }
.nsr-tree .box { fill: #21262d; stroke: #8b949e; } .nsr-tree .leaf { fill: #0d1117; }
.nsr-tree path, .nsr-tree .tile { stroke: #8b949e; }
}
""".strip()
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.2rem; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
main { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }
main > svg { max-width: 100%; height: auto; flex: 0 1 auto; }
section { flex: 1 1 22rem; min-width: 0; }
dt, dd, .answer { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
dt { font-weight: bold; } dd { margin: 0 0 .6rem 1.5rem; }
""".strip()


@dataclass
class _Box:
    """A node on its way into the drawing.

    `span` is its piece, `own` the columns of it that no child covers, `level` its height above
    the input, `x` its middle.
    """

    node: Node
    span: tuple[int, int]
    own: list[int]
    children: list[_Box]
    level: int
    value: str
    lines: list[str]
    x: float = 0.0

    @property
    def label(self) -> str:
        return printable(self.node.symbol)

    @property
    def width(self) -> float:
        texts = [self.label + percent(self.node), *self.lines]
        return max(_columns(text) for text in texts) * CHARACTER + 2 * _PAD

    @property
    def height(self) -> float:
        return (1 + len(self.lines)) * LINE + _PAD


def tree_svg(
    tree: Node,
    show: Callable[[Value], str],
    *,
    tokens: Sequence[str] = (),
    pieces: Sequence[NDArray[np.uint8]] | None = None,
) -> str:
    """The drawing: values above their arguments, and below each leaf what it was read from.

    Solid lines lead to the arguments of a word, dotted lines to the places of the input where the
    word itself stands.

    Args:
        tree: how the input is read; each piece is (start, end) in the input.
        show: text of a value.
        tokens: the input, one text for each place.
        pieces: the input, if it consists of pictures: uint8[h, w] each, ink 255 on 0.

    Raises:
        ValueError: if a piece lies outside the input.
    """
    places = len(tokens) if pieces is None else len(pieces)
    boxes = _boxes(tree, show, places)
    root = boxes[-1]
    words = [printable(token) for token in tokens]
    sizes = [(_columns(word) * CHARACTER, float(LINE)) for word in words]
    if pieces is not None:
        sizes = [_tile_size(piece) for piece in pieces]
    columns = _columns_apart(boxes, [width for width, _ in sizes])
    heights = [0.0] * (root.level + 1)
    for box in boxes:
        heights[box.level] = max(heights[box.level], box.height)
    tops = [
        _MARGIN + sum(heights[level + 1 :]) + _RISE * (root.level - level)
        for level in range(root.level + 1)
    ]
    floor = tops[0] + heights[0] + 0.7 * _RISE
    body = [_edges(box, columns, tops, heights, floor) for box in boxes]
    body += [_drawn(box, tops[box.level]) for box in reversed(boxes)]
    if pieces is None:
        body += [
            f'<text x="{_n(x)}" y="{_n(floor + LINE - 4)}">{escape(word)}</text>'
            for x, word in zip(columns, words, strict=True)
        ]
    else:
        body += [_tile(piece, x, floor) for x, piece in zip(columns, pieces, strict=True)]
    sides = [(box.x, box.width) for box in boxes]
    sides += [(x, width) for x, (width, _) in zip(columns, sizes, strict=True)]
    left = min(x - width / 2 for x, width in sides)
    width = max(x + width / 2 for x, width in sides) - left + 2 * _MARGIN
    height = floor + max(height for _, height in sizes) + _MARGIN
    label = escape(f"{' '.join(words) or 'input'} = {root.value}")
    frame = f'x="{_n(left - _MARGIN)}" y="0" width="{_n(width)}" height="{_n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nsr-tree" width="{_n(width)}" '
        f'height="{_n(height)}" viewBox="{_n(left - _MARGIN)} 0 {_n(width)} {_n(height)}" '
        f'role="img" aria-label="{label}"><style>{_DRAWING}</style>'
        f'<rect class="bg" {frame} rx="8"/>{"".join(body)}</svg>\n'
    )


def page(
    title: str,
    tree: Node,
    programs: Sequence[tuple[str, str]],
    show: Callable[[Value], str],
    *,
    tokens: Sequence[str] = (),
    pieces: Sequence[NDArray[np.uint8]] | None = None,
) -> str:
    """The page's text: the drawing, the answer, and the programs beside it.

    Args:
        title: the input.
        tree, show, tokens, pieces: as for `tree_svg`.
        programs: (pattern, program) of the words with arguments.
    """
    entries = [
        f"<dt>{escape(printable(shape))}</dt><dd>{escape(printable(program))}</dd>"
        for shape, program in programs
    ]
    name = escape(printable(title))
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{name}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{name}</h1>",
            "<main>",
            tree_svg(tree, show, tokens=tokens, pieces=pieces),
            f'<section><h2>Answer</h2><p class="answer">{escape(value_text(tree, show))}</p>',
            f"<h2>Programs</h2><dl>{''.join(entries)}</dl></section>",
            "</main></body></html>",
            "",
        ]
    )


# -- where things stand ----------------------------------------------------------------------------
def _boxes(tree: Node, show: Callable[[Value], str], places: int) -> list[_Box]:
    """All nodes, children before parents; without recursion, as trees may be deep."""
    done: list[_Box] = []
    stack: list[tuple[Node, bool]] = [(tree, False)]
    waiting: list[_Box] = []
    while stack:
        node, ready = stack.pop()
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.children))
            continue
        start, end = node.piece
        if not 0 <= start < end <= places:
            raise ValueError(f"piece {node.piece!r} of {node.symbol!r} outside 0..{places}")
        cut = len(waiting) - len(node.children)
        children = waiting[cut:]
        covered = {i for child in children for i in range(*child.span)}
        own = [i for i in range(start, end) if i not in covered]
        level = 1 + max((child.level for child in children), default=-1)
        value = value_text(node, show)
        box = _Box(node, (start, end), own, children, level, value, _wrapped(value))
        waiting[cut:] = [box]
        done.append(box)
    return done


def _columns_apart(boxes: Sequence[_Box], ground: Sequence[float]) -> list[float]:
    """The middles of the places of the input, so far apart that nothing touches; sets `x`.

    Shifting all places from the start of a span on moves everything in the span and to the right
    of it at least as far as anything to the left, so that no gap ever gets smaller.
    """
    columns = [float(i) for i in range(len(ground))]
    rows = _rows(boxes, ground)
    _place(boxes, columns)
    for row in rows:
        for (_, left, left_width), (start, right, right_width) in itertools.pairwise(row):
            gap = _middle(right, columns) - _middle(left, columns)
            need = (left_width + right_width) / 2 + _GAP - gap
            if need > 0:
                columns[start:] = [x + need for x in columns[start:]]
                _place(boxes, columns)
    return columns


def _rows(
    boxes: Sequence[_Box], ground: Sequence[float]
) -> list[list[tuple[int, _Box | int, float]]]:
    """For each level and the input: (start, box or place, width) of what stands there, in order."""
    top = boxes[-1].level
    rows: list[list[tuple[int, _Box | int, float]]] = [[] for _ in range(top + 2)]
    rows[0] = [(i, i, width) for i, width in enumerate(ground)]
    for box in boxes:
        rows[1 + box.level].append((box.span[0], box, box.width))
        for child in box.children:
            for level in range(child.level + 1, box.level):
                rows[1 + level].append((child.span[0], child, 0.0))
        for place in box.own:
            for level in range(box.level):
                rows[1 + level].append((place, place, 0.0))
    return [sorted(row, key=lambda item: item[0]) for row in rows]


def _middle(item: _Box | int, columns: Sequence[float]) -> float:
    return item.x if isinstance(item, _Box) else columns[item]


def _place(boxes: Sequence[_Box], columns: Sequence[float]) -> None:
    """Above a word between its arguments, else in the middle of the arguments."""
    for box in boxes:
        if not box.children:
            own = [columns[i] for i in box.own]
            box.x = (own[0] + own[-1]) / 2
            continue
        first, last = box.children[0], box.children[-1]
        inside = [columns[i] for i in box.own if first.span[1] <= i < last.span[0]]
        box.x = inside[0] if inside else (first.x + last.x) / 2


# -- drawing ---------------------------------------------------------------------------------------
def _edges(
    box: _Box,
    columns: Sequence[float],
    tops: Sequence[float],
    heights: Sequence[float],
    floor: float,
) -> str:
    bottom = tops[box.level] + box.height
    bus = tops[box.level] + heights[box.level] + _RISE / 2
    if not box.children:
        return "".join(
            f'<path class="own" d="M{_n(columns[i])} {_n(bottom + 3)}V{_n(floor - 3)}"/>'
            for i in box.own
        )
    parts = [
        # The way down to the bus belongs to the first line only: drawn twice it looks bolder.
        f'<path d="{_bent(box.x, bus if i else bottom, bus, child.x, tops[child.level])}"/>'
        for i, child in enumerate(box.children)
    ]
    parts += [
        f'<path class="own" d="{_bent(box.x, bus, bus, columns[i], floor - 3)}"/>' for i in box.own
    ]
    return "".join(parts)


def _bent(x: float, y: float, bus: float, to_x: float, to_y: float) -> str:
    """Down to the bus, along it, and down again."""
    if abs(x - to_x) < 1:
        return f"M{_n(x)} {_n(y)}V{_n(to_y)}"
    turn: float = _ROUND if to_x > x else -_ROUND
    if abs(x - to_x) < _ROUND:
        turn = to_x - x
    return (
        f"M{_n(x)} {_n(y)}V{_n(bus)}H{_n(to_x - turn)}"
        f"Q{_n(to_x)} {_n(bus)} {_n(to_x)} {_n(bus + _ROUND)}V{_n(to_y)}"
    )


def _drawn(box: _Box, top: float) -> str:
    kind = "box" if box.children else "box leaf"
    lines = [
        f'<text class="v" x="{_n(box.x)}" y="{_n(top + (2 + i) * LINE - 1)}">{escape(line)}</text>'
        for i, line in enumerate(box.lines)
    ]
    likely = percent(box.node).strip()
    rest = f'<tspan class="p" dx="4">{likely}</tspan>' if likely else ""
    return (
        f"<g><title>{escape(f'{box.label} = {box.value}')}</title>"
        f'<rect class="{kind}" x="{_n(box.x - box.width / 2)}" y="{_n(top)}" '
        f'width="{_n(box.width)}" height="{_n(box.height)}" rx="4"/>'
        f'<text class="s" x="{_n(box.x)}" y="{_n(top + LINE)}">{escape(box.label)}{rest}</text>'
        f"{''.join(lines)}</g>"
    )


def _tile_size(piece: NDArray[np.uint8]) -> tuple[float, float]:
    height, width = piece.shape
    scale = TILE / max(height, width)
    return width * scale, height * scale


def _tile(piece: NDArray[np.uint8], x: float, top: float) -> str:
    width, height = _tile_size(piece)
    frame = f'x="{_n(x - width / 2)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"'
    data = base64.b64encode(_png(piece)).decode()
    return (
        f'<image {frame} href="data:image/png;base64,{data}"/><rect class="tile" {frame} rx="2"/>'
    )


def _png(piece: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file, dark ink on white (ISO/IEC 15948)."""
    height, width = piece.shape
    rows = b"".join(b"\0" + (255 - row).tobytes() for row in piece)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


# -- text ------------------------------------------------------------------------------------------
def value_text(node: Node, show: Callable[[Value], str]) -> str:
    """A node's value on one line."""
    return printable(show(node.value)) or NOTHING


def percent(node: Node) -> str:
    """A node's probability after a space; nothing if it is 1, rounded to a tenth of a percent.

    >>> percent(Node((0, 1), "a")), percent(Node((0, 1), "a", probability=0.5))
    ('', ' 50.0%')
    """
    return "" if node.probability >= 0.9995 else f" {node.probability:.1%}"


def _wrapped(text: str) -> list[str]:
    """At most `LINES` lines of at most about `WIDE` columns; an ellipsis stands for the rest."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if _columns(longer) <= WIDE:
            lines[-1] = longer
        elif lines[-1]:
            lines.append(word)
        else:
            lines[-1] = word
    cut = [line if _columns(line) <= WIDE else f"{line[: WIDE - 1]}…" for line in lines[:LINES]]
    if len(lines) > LINES:
        cut[-1] = f"{cut[-1].rstrip('…')} …"
    return cut


def _columns(text: str) -> int:
    """Columns that a text takes in a font of one width."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
