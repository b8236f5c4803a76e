"""Every part of a text becomes a part of the output: `map_strs`, `filter_strs` between two cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.program import Literal, Term, Variable
from nsr.search import Guide, Problem
from nsr.search.alignments import kept
from nsr.search.deduction import Inner, consistent, functions, others, surprise
from nsr.search.scheme import Posed, Scheme, View

STR: Final = "str"
STRS: Final = "strs"
BLOCK: Final = 4
"""Up to so many characters of the output for one part, where it is the same number for all."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A text as its parts.

    Args:
        term: that cuts it, over the inputs; of an output the separator that joins its parts, or
            `None` for a list of texts as it is.
        parts: for each example.
        bits: of cutting or joining.
        uses: number of the input.
    """

    term: Term | None
    parts: Sequence[Sequence[str]]
    bits: float
    uses: int = -1


class TextParts(Scheme):
    """Cuts texts into characters or at a mark, and reads off what becomes of each part.

    The output is cut in the same ways. Where both have as many parts, each part becomes one;
    where the output's parts are some of the input's, a condition says which.
    """

    name = "text-parts"
    requires = ("map_strs", "filter_strs", "chars", "split", "join")
    unfit = "outputs do not follow from inputs part by part"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        if problem.goal not in {STR, STRS}:
            raise DeclinedError(f"only texts have such parts; the goal is {problem.goal!r}")
        ends = list(_output_cuts(problem))
        return [
            (
                surprise(View(problem), inner) + begin.bits + end.bits,
                _programs(problem, primitive, inner, begin, end, meter, guide),
            )
            for begin in _input_cuts(problem)
            for end in ends
            for primitive, inner in _inner_problems(problem, begin, end)
        ]


def _programs(
    problem: Problem,
    primitive: str,
    inner: Inner,
    begin: _Cut,
    end: _Cut,
    meter: Meter,
    guide: Guide,
) -> Iterator[Term | None]:
    apply = problem.space.apply
    for function in functions(problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        else:
            assert begin.term is not None
            parts = apply(primitive, function, begin.term)
            yield parts if end.term is None else apply("join", parts, end.term)


def _input_cuts(problem: Problem) -> Iterator[_Cut]:
    """Every text among the inputs as its characters, or cut at a mark that occurs in it."""
    apply, cost = problem.space.apply, problem.space.cost
    for index, name in enumerate(problem.input_types):
        variable = Variable(index, name)
        column: Any = [e.inputs[index] for e in problem.examples]
        if name == STRS:
            yield _Cut(variable, column, cost(variable), index)
        if name != STR:
            continue
        for mark, text in _marks(problem, column):
            term = apply("split", variable, mark) if text else apply("chars", variable)
            yield _Cut(term, _cut(column, text), cost(term), index)


def _output_cuts(problem: Problem) -> Iterator[_Cut]:
    column: Any = problem.target
    if problem.goal == STRS:
        yield _Cut(None, column, 0.0)
        return
    for mark, text in _marks(problem, column):
        yield _Cut(mark, _cut(column, text), problem.space.literal_cost("STR", text))


def _marks(problem: Problem, column: Iterable[str]) -> Iterator[tuple[Literal, str]]:
    """The literals that occur in some text, as every text holds the empty one."""
    for mark in problem.space.literals("STR"):
        text = str(mark.value)
        if any(text in whole for whole in column):
            yield mark, text


def _cut(column: Iterable[str], separator: str) -> list[Sequence[str]]:
    return [text.split(separator) if separator else tuple(text) for text in column]


def _inner_problems(problem: Problem, begin: _Cut, end: _Cut) -> Iterator[tuple[str, Inner]]:
    rows = list(enumerate(zip(begin.parts, end.parts, strict=True)))
    for primitive, result, examples in _read_off(rows, whole=_is_empty(end.term)):
        for visible in dict.fromkeys([(), others(problem, [begin.uses])]):
            inner = Inner((STR,), result, examples, visible)
            if consistent(inner, problem):
                yield primitive, inner
                break


def _is_empty(term: Term | None) -> bool:
    return isinstance(term, Literal) and not term.value


def _read_off(
    rows: list[tuple[int, tuple[Sequence[str], Sequence[str]]]], *, whole: bool
) -> Iterator[tuple[str, str, list[tuple[int, tuple[Any, ...], Any]]]]:
    """What a function of one part must give; characters of a whole text may go in blocks."""
    for size in range(1, BLOCK + 1 if whole else 2):
        if all(len(y) == size * len(x) for _, (x, y) in rows):
            yield (
                "map_strs",
                STR,
                [
                    (n, (part,), "".join(y[size * i : size * (i + 1)]))
                    for n, (x, y) in rows
                    for i, part in enumerate(x)
                ],
            )
            break
    chosen: list[tuple[int, tuple[Any, ...], Any]] = []
    for n, (x, y) in rows:
        certain = kept(x, y)
        if certain is None:
            return
        told = zip(x, certain, strict=True)
        chosen += [(n, (part,), keeps) for part, keeps in told if keeps is not None]
    yield "filter_strs", "bool", chosen
