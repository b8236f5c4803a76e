"""Grids as SVG: one, or a strip of them with captions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape

from nsr.render.palette import LINE, PALETTE
from nsr.render.view import Picture
from nsr.rows import Rows

_GAP = 28
_TEXT = 16


def cells(rows: Rows, cell: int) -> str:
    """The inside of a drawing: one rectangle per run of a colour, then the lines.

    Args:
        rows: the grid.
        cell: side of a cell in pixels.
    """
    height, width = len(rows), len(rows[0])
    parts = []
    for i, row in enumerate(rows):
        j = 0
        for color, run in itertools.groupby(row):
            length = len(list(run))
            parts.append(
                f'<rect x="{j * cell}" y="{i * cell}" width="{length * cell}" height="{cell}" '
                f'fill="{PALETTE[color]}"/>'
            )
            j += length
    lines = [f"M{j * cell} 0V{height * cell}" for j in range(width + 1)]
    lines += [f"M0 {i * cell}H{width * cell}" for i in range(height + 1)]
    parts.append(f'<path d="{"".join(lines)}" stroke="{LINE}" fill="none"/>')
    return "".join(parts)


def cell_side(grids: Sequence[Rows], longest: int = 180) -> int:
    """Pixels per cell so that no side of the grids is longer than `longest`."""
    return max(4, min(24, longest // max(max(len(g), len(g[0])) for g in grids)))


def grid_svg(rows: Rows, cell: int | None = None) -> str:
    """A grid as an SVG element.

    >>> grid_svg(((1, 1),), cell=4).count("<rect")
    1
    """
    cell = cell or cell_side([rows])
    width, height = len(rows[0]) * cell, len(rows) * cell
    label = f"grid of {len(rows)} rows and {len(rows[0])} columns"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 2}" height="{height + 2}" '
        f'viewBox="-1 -1 {width + 2} {height + 2}" role="img" '
        f'aria-label="{label}">{cells(rows, cell)}</svg>'
    )


def sheet_svg(strips: Sequence[Sequence[Picture]], lines: Sequence[str] = ()) -> str:
    """Strips of grids below each other and lines of text under them, as one SVG document."""
    cell = cell_side([p.rows for pictures in strips for p in pictures], longest=120)
    body, y, widest = [], _GAP // 2, 0
    for pictures in strips:
        x = _GAP
        for picture in pictures:
            mark = {True: " ✓", False: " ✗", None: ""}[picture.right]
            body.append(f'<text x="{x}" y="{y + 12}">{escape(picture.caption)}{mark}</text>')
            body.append(f'<g transform="translate({x},{y + 20})">{cells(picture.rows, cell)}</g>')
            x += max(len(picture.rows[0]) * cell, 8 * len(picture.caption) + 16) + _GAP
        widest = max(widest, x)
        y += max(len(p.rows) for p in pictures) * cell + 20 + _GAP
    for line in lines:
        body.append(f'<text x="{_GAP}" y="{y}">{escape(line)}</text>')
        widest = max(widest, 2 * _GAP + 8 * len(line))
        y += _TEXT + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest} {y}" width="{widest}">'
        "<style>text{font:13px ui-monospace,monospace;fill:#222}</style>"
        f'<rect width="{widest}" height="{y}" rx="8" fill="#f6f6f4"/>{"".join(body)}</svg>\n'
    )
