"""What inputs that are beginnings of others tell of a loop: its steps, and where it starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nsr.deduction import Stream, literal
from nsr.search import Problem
from nsr.task import Example

FOLDS: Final = {"int": "fold", "ints": "fold_ints"}
"""Type of the value carried -> primitive."""


def rows(problem: Problem, stream: Stream) -> Iterator[tuple[int, Any, Example]]:
    """Number, list and example of each example."""
    for n, (x, e) in enumerate(zip(stream.values, problem.examples, strict=False)):
        yield n, x, e


def steps(problem: Problem, stream: Stream, visible: Sequence[int]) -> list[Any] | None:
    """(example, (value, item), next value) wherever one list is another and one item more.

    `None` if the same list has different outputs, so that no loop over it gives them.
    """
    whole = [
        (n, x, tuple(e.inputs[i] for i in visible), e.output) for n, x, e in rows(problem, stream)
    ]
    known: dict[Any, Any] = {}
    for _, x, rest, output in whole:
        if known.setdefault((x, rest), output) != output:
            return None
    found = []
    for n, x, rest, output in whole:
        before = known.get((x[:-1], rest)) if x else None
        if before is not None:
            found.append((n, (before, x[-1]), output))
    return found


def starts(problem: Problem, stream: Stream) -> Iterator[Any]:
    """Terms for the value at the start: what an empty list gives, else the usual ones."""
    if problem.goal == "ints":
        yield problem.space.apply("empty")
        return
    empty = {e.output for _, x, e in rows(problem, stream) if not x}
    for value in [empty.pop()] if len(empty) == 1 else [0, 1]:
        yield literal(value)
    if not empty:
        yield problem.space.apply("head", stream.term)
