"""What inputs that are beginnings of others tell of a loop: its steps, and where it starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nsr.program import Term
from nsr.search import Problem
from nsr.search.deduction import Stream, literal
from nsr.task import Example
from nsr.values import Value

FOLDS: Final = {"int": "fold", "ints": "fold_ints"}
PAIR_FOLDS: Final = {"int": "fold_zip", "ints": "fold_zip_ints"}
"""Type of the value carried -> primitive that goes through one list, or two at once."""


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


def starts(problem: Problem, stream: Stream) -> Iterator[tuple[Term, Value | None]]:
    """Terms and values of the start: what an empty list gives, else the usual ones.

    The value is `None` where it is not the same for all examples.
    """
    space = problem.space
    empty = {e.output for _, x, e in rows(problem, stream) if not x}
    if len(empty) > 1:
        return
    if problem.goal == "ints":
        value = empty.pop() if empty else ()
        term: Term = space.apply("empty")
        for item in reversed(value):
            term = space.apply("cons", literal(item), term)
        yield term, value
        return
    for number in empty or (0, 1):
        yield literal(number), number
    if not empty:
        yield space.apply("head", stream.term), None
