"""How large will the output be? Rules that fit every example, ranked by how simple they are.

A rule gives height and width of an output from its input: the size of something seen in the input
(the grid, its content, a panel, an object chosen by a property), perhaps scaled; or one linear
formula a side in a count. Predicting the size before searching was introduced for grids by
J. S. Wind's solver of 2020.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from nsr.domains.grids import GRIDS
from nsr.domains.grids.measures import measure
from nsr.domains.grids.values import MAX_SIDE, Grid, Objects
from nsr.errors import UndefinedError
from nsr.perception.grids import Box, layout
from nsr.symbols import Node

Size: TypeAlias = tuple[int, int]

_CUTS = ("pieces", "pieces8", "clusters", "clusters8", "by_color", "gaps", "regions")
_CHOICES = ("area", "box", "holes", "colors", "odd_cells", "same_shape", "same_color", "full")
_SCALES = (2, 3, 4, 5, 6, Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(1, 5))
_SLOPES = (1, 2, 3, 4, 5, -1, Fraction(1, 2), Fraction(1, 3))


@dataclass(frozen=True, slots=True)
class SizeRule:
    """One way to tell the size of an output from its input.

    Args:
        text: the rule in words.
        cost: description length in bits.
        sizes: predicted size for each query.
        confidence: share of all fitting rules, by weight, that predict these sizes.
    """

    text: str
    cost: float
    sizes: tuple[Size, ...]
    confidence: float


def predict_sizes(
    inputs: Sequence[Grid], outputs: Sequence[Grid], queries: Sequence[Grid]
) -> list[SizeRule]:
    """Rules that give every example's output size, one per distinct prediction.

    Args:
        inputs, outputs: the examples.
        queries: inputs whose output sizes are asked for.

    Returns:
        Best first: predictions are ordered by the weight `2 ** -cost` of all rules that make
        them, and shown by their simplest rule. Empty if no rule fits.

    >>> doubled = [grid("1122/1122"), grid("33/33")]
    >>> rules = predict_sizes([grid("12"), grid("3")], doubled, [grid("123")])
    >>> rules[0].text, rules[0].sizes
    ('2 times the input', ((2, 6),))
    """
    examples = [_Seen(grid) for grid in inputs]
    asked = [_Seen(grid) for grid in queries]
    target = [output.shape for output in outputs]
    groups: dict[tuple[Size, ...], list[tuple[float, str]]] = {}
    for text, cost, sizes in _fitting(examples, asked, target):
        if all(1 <= side <= MAX_SIDE for size in sizes for side in size):
            groups.setdefault(sizes, []).append((cost, text))
    weights = {sizes: sum(2.0**-cost for cost, _ in rules) for sizes, rules in groups.items()}
    total = sum(weights.values())
    ranked = sorted(groups, key=lambda sizes: -weights[sizes])
    return [
        SizeRule(text, cost, sizes, weights[sizes] / total)
        for sizes in ranked
        for cost, text in (min(groups[sizes]),)
    ]


def size_tree(rules: Sequence[SizeRule]) -> Node:
    """The rules as a grounded tree: one node per prediction, with its confidence.

    >>> print(size_tree(predict_sizes([grid("12")], [grid("34")], [grid("56")])).draw())
    output size
    └─ as the input = 1x2
    """
    nodes = tuple(
        Node(
            tuple(Box(0, 0, *size) for size in rule.sizes),
            rule.text,
            ", ".join(f"{height}x{width}" for height, width in rule.sizes) or None,
            round(rule.confidence, 4),
        )
        for rule in rules
    )
    return Node(None, "output size", children=nodes)


class _Seen:
    """Sizes and counts found in one grid, each computed when first asked for."""

    def __init__(self, grid: Grid):
        self.grid = grid

    @functools.cached_property
    def sizes(self) -> dict[str, Size]:
        whole = self.layout
        found: dict[str, Size] = {"the input": whole.size, "the turned input": whole.size[::-1]}
        self._put(found, "the content", "crop", shape=True)
        if whole.tile is not None:
            found["the tile"] = whole.tile
        if whole.panels:
            first = whole.panels[0]
            found["a panel"] = (first.height, first.width)
            tops = len({box.top for box in whole.panels})
            found["the table of panels"] = (tops, len(whole.panels) // tops)
        for name in ("without_repeats", "unscale", "inner"):
            text = f"the input {name.replace('_', ' ')}"
            self._put(found, text, name, shape=True)
        for cut, objects in self.cuts.items():
            self._put_objects(found, cut, objects)
        return found

    def _put_objects(self, found: dict[str, Size], cut: str, objects: Objects) -> None:
        heights, widths = measure(objects, "height"), measure(objects, "width")
        if objects.count == 1:
            found[f"the only one of {cut}"] = (int(heights[0]), int(widths[0]))
        for name in _CHOICES:
            numbers = measure(objects, name)
            picks = [("most", np.flatnonzero(numbers == numbers.max()))]
            picks.append(("least", np.flatnonzero(numbers == numbers.min())))
            values, counts = np.unique(numbers, return_counts=True)
            if np.count_nonzero(counts == 1) == 1 and objects.count > 2:
                picks.append(("unlike", np.flatnonzero(numbers == values[counts == 1][0])))
            for word, which in picks:
                shapes = {(int(heights[k]), int(widths[k])) for k in which}
                if len(shapes) == 1:
                    found[f"the one of {cut} with {word} {name}"] = shapes.pop()

    @functools.cached_property
    def counts(self) -> dict[str, int]:
        found = {
            "height": self.grid.shape[0],
            "width": self.grid.shape[1],
            "colours": len(self.layout.colors),
            "painted cells": int(_run("painted", self.grid)),
            "commonest colour's cells": 0,
        }
        painted = np.bincount(self.grid.ravel(), minlength=10)
        painted[self.layout.background] = 0
        found["commonest colour's cells"] = int(painted.max())
        found["panels"] = len(self.layout.panels)
        for cut, objects in self.cuts.items():
            found[cut] = objects.count
            found[f"longest side of {cut}"] = int(
                max(measure(objects, "height").max(), measure(objects, "width").max())
            )
        return found

    @functools.cached_property
    def layout(self) -> Any:
        return layout(self.grid)

    @functools.cached_property
    def cuts(self) -> dict[str, Objects]:
        found: dict[str, Objects] = {}
        for name in _CUTS:
            self._put(found, name, name)
        return found

    def _put(self, table: dict[str, Any], key: str, primitive: str, *, shape: bool = False) -> None:
        try:
            value = _run(primitive, self.grid)
        except UndefinedError:
            return
        table[key] = value.shape if shape else value


def _fitting(
    examples: list[_Seen], asked: list[_Seen], target: list[Size]
) -> Iterator[tuple[str, float, tuple[Size, ...]]]:
    """Rules with their cost and their predictions for the queries."""
    everyone = examples + asked
    number = len(examples)
    if all(size == seen.grid.shape for size, seen in zip(target, examples, strict=True)):
        yield "as the input", 0.0, tuple(seen.grid.shape for seen in asked)
    if len(set(target)) == 1:
        height, width = target[0]
        yield f"always {height}x{width}", 2.0, (target[0],) * len(asked)
    common = [name for name in everyone[0].sizes if all(name in s.sizes for s in everyone)]
    for name in common:
        sizes = [seen.sizes[name] for seen in everyone]
        base = 2.0 if name in ("the input", "a panel", "the content") else 4.0
        for scale in (1, *_SCALES):
            scaled = [(_times(h, scale), _times(w, scale)) for h, w in sizes]
            if scaled[:number] == target:
                text = name if scale == 1 else f"{scale} times {name}"
                known = [size for size in scaled[number:] if None not in size]
                if len(known) == len(asked):
                    cost = base + (0.0 if scale == 1 else 1.0)
                    yield text, cost, tuple(known)  # type: ignore[arg-type]
    sides = [_side_rules(everyone, [size[axis] for size in target]) for axis in (0, 1)]
    for text, cost, heights in sides[0]:
        for other, more, widths in sides[1]:
            yield (
                f"height {text}, width {other}",
                3.0 + cost + more,
                tuple(zip(heights, widths, strict=True)),
            )


def _side_rules(
    everyone: list[_Seen], target: list[int]
) -> list[tuple[str, float, tuple[int, ...]]]:
    """Linear rules for one side: a constant, or slope times a count plus an offset."""
    number = len(target)
    rules: list[tuple[str, float, tuple[int, ...]]] = []
    if len(set(target)) == 1:
        rules.append((str(target[0]), 1.0, (target[0],) * (len(everyone) - number)))
    common = [name for name in everyone[0].counts if all(name in s.counts for s in everyone)]
    for name in common:
        counts = [seen.counts[name] for seen in everyone]
        for slope in _SLOPES:
            first = _times(counts[0], slope)
            if first is None:
                continue
            offset = target[0] - first
            values = [_times(count, slope) for count in counts]
            if any(value is None for value in values):
                continue
            sides = [value + offset for value in values if value is not None]
            # A rule with an offset has two parameters: one example, or equal ones, prove nothing.
            if sides[:number] != target or (offset and len(set(counts[:number])) < 2):
                continue
            text = name if slope == 1 else f"{slope} * {name}"
            text += f" {offset:+d}" if offset else ""
            cost = (1.0 if name in ("height", "width") else 3.0) + (slope != 1) + 1.5 * bool(offset)
            rules.append((text, cost, tuple(sides[number:])))
    rules.sort(key=lambda rule: rule[1])
    return rules[:12]


def _run(primitive: str, grid: Grid) -> Any:
    return GRIDS.primitives[primitive].function(grid)


def _times(side: int, scale: int | Fraction) -> int | None:
    product = side * Fraction(scale)
    return int(product) if product.denominator == 1 else None
