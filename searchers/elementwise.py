"""One output item, a few or none for every input item: `map`, `zipwith`, `filter`, `concat_map`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError
from nsr.program import Term
from nsr.search import Guide, Problem
from nsr.search.alignments import kept, peeled
from nsr.search.deduction import (
    Inner,
    Stream,
    consistent,
    functions,
    others,
    streams,
    surprise,
)
from nsr.search.scheme import Posed, Scheme, View, views

INTS: Final = "ints"
LOOPS: Final = (
    *("map", "filter", "take_while", "drop_while"),
    *("zipwith", "zip_long", "filter_zip", "concat_map", "concat_pairs", "concat_zip"),
)
SINGLE: Final = 12
"""Lists tried alone, and those tried in pairs."""
PAIRED: Final = 8
BLOCKS: Final = 4
"""Up to so many output items for one input item, where it is the same number for all."""


class Elementwise(Scheme):
    """Each output item follows from the input item, or pair of items, at its place.

    The examples of the function inside are the items and what stands in their place in the
    output. Functions of the items alone come before functions that look at all inputs.
    """

    name = "elementwise"
    requires = LOOPS
    unfit = "outputs do not follow from inputs item by item"

    def posed(
        self, problem: Problem, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterable[Posed]:
        """See `Scheme.posed`."""
        if problem.goal != INTS:
            raise DeclinedError(f"only lists have items; the goal is {problem.goal!r}")
        lists = streams(problem, meter)
        return [
            (
                surprise(view, inner, *through),
                _programs(view, primitive, inner, through, meter, guide),
            )
            for view in views(problem)
            if view.problem.goal == INTS
            for primitive, inner, through in _inner_problems(view.problem, lists)
        ]


def _programs(
    view: View,
    primitive: str,
    inner: Inner,
    through: Sequence[Stream],
    meter: Meter,
    guide: Guide,
) -> Iterator[Term | None]:
    for function in functions(view.problem, inner, meter=meter, guide=guide):
        if function is None:
            yield None
        else:
            lists = [stream.term for stream in through]
            yield view.wrap(view.problem.space.apply(primitive, function, *lists))


def _inner_problems(
    problem: Problem, lists: Sequence[Stream]
) -> Iterator[tuple[str, Inner, list[Stream]]]:
    """Primitive, function wanted and lists to go through, likely ones first."""
    every = others(problem)
    found: list[tuple[str, Inner, list[Stream]]] = []
    for stream in lists[:SINGLE]:
        for primitive, inner in _growing(problem, stream):
            if consistent(inner, problem):
                yield primitive, inner, [stream]
        for primitive, inner in _single(problem, stream):
            found.append((primitive, inner, [stream]))
    for left, right in itertools.permutations(lists[:PAIRED], 2):
        for primitive, inner in _paired(problem, left, right):
            found.append((primitive, inner, [left, right]))
    for primitive, inner, through in found:
        rest = others(problem, *(stream.uses for stream in through))
        # Items of two lists and all inputs besides would explain too much.
        all_seen = len(through) == 1 or primitive == "filter_zip"
        for visible in dict.fromkeys([(), rest, every] if all_seen else [(), rest]):
            seeing = replace(inner, visible=visible)
            if consistent(seeing, problem):
                yield primitive, seeing, through
                break


def _single(problem: Problem, stream: Stream) -> Iterator[tuple[str, Inner]]:
    rows = [
        (n, x, e.output)
        for n, (x, e) in enumerate(zip(stream.values, problem.examples, strict=False))
    ]
    if all(len(x) == len(y) for _, x, y in rows):
        items = [(n, (a,), b) for n, x, y in rows for a, b in zip(x, y, strict=True)]
        yield "map", Inner(("int",), "int", items)
    chosen = _chosen([(n, x, [(a,) for a in x], y) for n, x, y in rows])
    if chosen is not None:
        yield "filter", Inner(("int",), "bool", chosen)
    if all(x[: len(y)] == y for _, x, y in rows):
        yield "take_while", Inner(("int",), "bool", _until([(n, x, len(y)) for n, x, y in rows]))
    if all(x[len(x) - len(y) :] == y for _, x, y in rows):
        front = [(n, x, len(x) - len(y)) for n, x, y in rows]
        yield "drop_while", Inner(("int",), "bool", _until(front))
    yield from _blocks(rows)
    pairs = [(n, (x[2 * i], x[2 * i + 1]), block) for n, x, y in rows for i, block in _cut(x, y)]
    if pairs and all(_fits_pairs(x, y) for _, x, y in rows):
        yield "concat_pairs", Inner(("int", "int"), INTS, pairs)


def _until(rows: list[tuple[int, Any, int]]) -> list[tuple[int, Any, Any]]:
    """What holds of the first so many items of a list, and not of the item after them."""
    return [(n, (a,), i < end) for n, x, end in rows for i, a in enumerate(x[: end + 1])]


def _chosen(
    rows: list[tuple[int, Any, list[tuple[Any, ...]], Any]],
) -> list[tuple[int, tuple[Any, ...], Any]] | None:
    """Arguments -> whether the item was kept, wherever that is certain.

    Args:
        rows: number of the example, items, arguments that go with each item, and output.

    Returns:
        `None` if the outputs are not some of the items.
    """
    examples: list[tuple[int, tuple[Any, ...], Any]] = []
    for n, items, arguments, output in rows:
        certain = kept(items, output)
        if certain is None:
            return None
        told = zip(arguments, certain, strict=True)
        examples += [(n, seen, keeps) for seen, keeps in told if keeps is not None]
    return examples


def _blocks(rows: list[tuple[int, Any, Any]]) -> Iterator[tuple[str, Inner]]:
    """Output blocks of items, all of one length."""
    for size in range(2, BLOCKS + 1):
        if all(len(y) == size * len(x) for _, x, y in rows):
            examples = [
                (n, (a,), y[size * i : size * (i + 1)]) for n, x, y in rows for i, a in enumerate(x)
            ]
            yield "concat_map", Inner(("int",), INTS, examples)
            return


def _growing(problem: Problem, stream: Stream) -> Iterator[tuple[str, Inner]]:
    """What one item more, or two, at the end of a list add to the output."""
    seen = others(problem, stream.uses)
    rows = [
        (n, x, tuple(e.inputs[i] for i in seen), e.output)
        for n, (x, e) in enumerate(zip(stream.values, problem.examples, strict=False))
    ]
    known = {(x, rest): y for _, x, rest, y in rows}
    for size, primitive in ((1, "concat_map"), (2, "concat_pairs")):
        examples = []
        for n, x, rest, y in rows:
            before = () if len(x) == size else known.get((x[:-size], rest))
            if len(x) % size or not x or before is None:
                continue
            if y[: len(before)] != before:
                break
            examples.append((n, x[-size:], y[len(before) :]))
        else:
            more = _peeled(rows, examples, size)
            if examples and more is not None:
                yield primitive, Inner(("int",) * size, INTS, [*examples, *more], seen)


def _peeled(
    rows: list[tuple[int, Any, tuple[Any, ...], Any]],
    examples: list[tuple[int, Any, Any]],
    size: int,
) -> list[tuple[int, Any, Any]] | None:
    """Blocks of the output that are left when those known are taken off at both ends.

    Returns:
        Further examples of items -> block; `None` if the outputs cannot be made of such blocks.
    """
    rests = {n: rest for n, _, rest, _ in rows}
    known = {(rests[n], items): made for n, items, made in examples}
    cut = []
    for n, x, rest, y in rows:
        end = len(x) % size
        items = [x[i : i + size] for i in range(0, len(x) - end, size)]
        cut.append((n, rest, items, y[: len(y) - end]))
    return peeled(cut, known)


def _fits_pairs(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    if len(x) % 2 and (not y or y[-1] != x[-1]):
        return False
    pairs = len(x) // 2
    inside = len(y) - len(x) % 2
    return inside == 0 if not pairs else inside % pairs == 0


def _cut(x: tuple[int, ...], y: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The block of the output that each two items make, if all blocks have one length."""
    pairs = len(x) // 2
    if pairs and _fits_pairs(x, y):
        size = (len(y) - len(x) % 2) // pairs
        for i in range(pairs):
            yield i, y[size * i : size * (i + 1)]


def _paired(problem: Problem, left: Stream, right: Stream) -> Iterator[tuple[str, Inner]]:
    rows = [
        (n, a, b, e.output)
        for n, (a, b, e) in enumerate(
            zip(left.values, right.values, problem.examples, strict=False)
        )
    ]
    params = ("int", "int")
    chosen = _chosen([(n, a[: len(b)], list(zip(a, b, strict=False)), y) for n, a, b, y in rows])
    if chosen is not None:
        yield "filter_zip", Inner(params, "bool", chosen)
    for primitive, length in (("zipwith", min), ("zip_long", max)):
        if all(len(y) == length(len(a), len(b)) for _, a, b, y in rows):
            pairs = [
                (n, pair, item)
                for n, a, b, y in rows
                for pair, item in zip(itertools.zip_longest(a, b, fillvalue=0), y, strict=False)
            ]
            yield primitive, Inner(params, "int", pairs)
            return
    blocks = []
    for n, a, b, y in rows:
        both = min(len(a), len(b))
        rest = a[both:] + b[both:]
        if y[len(y) - len(rest) :] != rest or not both or (len(y) - len(rest)) % both:
            return
        size = (len(y) - len(rest)) // both
        blocks += [(n, (a[i], b[i]), y[size * i : size * (i + 1)]) for i in range(both)]
    yield "concat_zip", Inner(params, INTS, blocks)
