"""What is shown of a task, apart from where it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nsr.batch import Report
from nsr.data.arc import ArcTask
from nsr.rows import Rows

RULES: Final = 3
"""Sizes of the outputs that are shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A grid with a caption; `right` says whether an attempt equals the known output."""

    caption: str
    rows: Rows
    right: bool | None = None


def examples(task: ArcTask) -> list[list[Picture]]:
    """For each training pair, its input and output."""
    return [[Picture(f"pair {i}", x), Picture("output", y)] for i, (x, y) in enumerate(task.train)]


def questions(task: ArcTask, found: Report | None = None) -> list[list[Picture]]:
    """For each test input: it, the attempts, and the output if the task has it.

    Outputs of the task are compared with attempts made before; the solver never has them.
    """
    strips = []
    for i, (given, wanted) in enumerate(zip(task.test, task.solutions, strict=True)):
        strip = [Picture(f"test {i}", given)]
        answers = found.answers[i] if found is not None and found.answers else ()
        for k, answer in enumerate(answers, 1):
            rows = tuple(map(tuple, answer))
            strip.append(Picture(f"attempt {k}", rows, None if wanted is None else rows == wanted))
        if wanted is not None:
            strip.append(Picture("expected", wanted))
        strips.append(strip)
    return strips


def outline(task: ArcTask, lines: int = 40) -> str:
    """What is seen before any search: two trees.

    The first training input (at most so many lines), and the `RULES` likeliest sizes of the outputs
    of the test inputs (none if no rule fits all training pairs).
    """
    # Imported here: the grid domain takes a second to load.
    from nsr.domains.grids.values import decode_grid
    from nsr.perception.grids import scene
    from nsr.perception.sizes import predict_sizes, size_tree

    tree = scene(decode_grid(task.train[0][0])).draw().splitlines()
    more = [f"... and {len(tree) - lines} more"] if len(tree) > lines else []
    inputs, outputs = zip(*task.train, strict=True)
    grids = (list(map(decode_grid, rows)) for rows in (inputs, outputs, task.test))
    sizes = size_tree(predict_sizes(*grids)[:RULES])
    return "\n".join([*tree[:lines], *more, *(sizes.draw().splitlines() if sizes.children else ())])


def verdict(found: Report) -> str:
    """One line on what came out.

    >>> verdict(Report("t", stopped_by="seconds"))
    'no answer (stopped by: seconds)'
    """
    if not found.programs and found.declined:
        reasons = (f"{name} declined: {why}" for name, why in found.declined.items())
        return f"no answer ({printable('; '.join(reasons))})"
    if not found.programs:
        return f"no answer (stopped by: {found.stopped_by or 'nothing left to try'})"
    count = len(found.programs)
    programs = "1 program explains" if count == 1 else f"{count} programs explain"
    return f"{programs} every training pair"


def cost(found: Report) -> str:
    """One line on what it took."""
    return f"{found.seconds:.1f} s, {found.cpu_seconds:.1f} CPU-s, {found.fuel:,} fuel"


def printable(text: str) -> str:
    """The text without characters that would move a terminal's cursor or cannot be encoded.

    >>> printable("a\\x1b[31m\\nb")
    'a?[31m b'
    """
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)
    return shown.encode("utf-8", "replace").decode("utf-8")
