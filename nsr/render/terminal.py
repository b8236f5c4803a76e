"""Grids, tasks and programs for the terminal, as rich renderables."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from nsr.batch import Report
from nsr.data.arc import ArcTask
from nsr.render.palette import PALETTE
from nsr.render.view import Picture, cost, examples, printable, questions, verdict
from nsr.rows import Rows

_MARK = {True: ("right", "bold green"), False: ("wrong", "bold red"), None: ("", "")}


def grid_text(rows: Rows, *, color: bool) -> Text:
    """A grid as text: with colour two cells to a character, one above the other; else digits.

    >>> print(grid_text(((0, 1), (2, 3)), color=False))
    01
    23
    """
    if not color:
        return Text("\n".join("".join(map(str, row)) for row in rows), no_wrap=True)
    text = Text(no_wrap=True)
    for top in range(0, len(rows), 2):
        if top:
            text.append("\n")
        below = rows[top + 1] if top + 1 < len(rows) else (None,) * len(rows[top])
        for (front, back), run in itertools.groupby(zip(rows[top], below, strict=True)):
            background = None if back is None else PALETTE[back]
            text.append("▀" * len(list(run)), Style(color=PALETTE[front], bgcolor=background))
    return text


def strip(pictures: Sequence[Picture], *, color: bool) -> RenderableType:
    """Pictures side by side, with their captions above."""
    table = Table.grid(padding=(0, 2))
    captions = []
    for picture in pictures:
        table.add_column(no_wrap=True, vertical="top")
        mark, style = _MARK[picture.right]
        captions.append(Text.assemble((picture.caption, "dim"), " ", (mark, style)))
    table.add_row(*captions)
    table.add_row(*(grid_text(p.rows, color=color) for p in pictures))
    return table


def strips(parts: Iterable[Sequence[Picture]], *, color: bool) -> RenderableType:
    """Several strips, as many to a line as fit."""
    return Columns([strip(pictures, color=color) for pictures in parts], padding=(1, 4))


def programs(found: Report, *, count: int = 1) -> Text:
    """The first programs, and what each primitive of the best one does."""
    text = Text()
    for i, program in enumerate(found.programs[:count]):
        text.append("\n" if i else "")
        text.append("program  ", "dim")
        text.append(printable(program), "bold" if i == 0 else "")
    for name, doc in found.explanation:
        text.append(f"\n  {name}", "cyan")
        text.append(f"  {doc}")
    return text


def task_view(
    task: ArcTask, found: Report | None, *, color: bool, with_training: bool = True
) -> RenderableType:
    """A task: its pairs, the answers, the program behind them."""
    heading = Text(printable(task.id), "bold")
    if printable(task.source) != heading.plain:
        heading.append(f"  {printable(task.source)}", "dim")
    parts: list[RenderableType] = [heading]
    if with_training:
        parts += [Text(), strips(examples(task), color=color)]
    parts += [Text(), strips(questions(task, found), color=color)]
    if found is not None:
        style = "green" if found.solved else "yellow"
        parts += [Text(), Text.assemble((verdict(found), style), ("  " + cost(found), "dim"))]
        if found.programs:
            parts.append(programs(found))
    return Group(*parts)


def seen(outline: str) -> RenderableType:
    """`nsr.render.view.outline` under a heading."""
    return Group(Text(), Text("what is seen in pair 0, and in the sizes", "dim"), Text(outline))


def has_color(console: Console) -> bool:
    """Whether colours reach the reader; without them grids are digits."""
    return console.color_system is not None and not console.no_color
