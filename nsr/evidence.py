"""Evidence in bits: how long programs are, and how much the outputs say that they explain.

After Rissanen, "Modeling by shortest data description" (Automatica 1978): a program is worth as
many bits as writing down the outputs takes without it.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Hashable, Sequence
from typing import Any, Final

from nsr.program import Apply, Lambda, Literal, Term, Variable, children, walk
from nsr.search import Problem
from nsr.space import INPUT_BITS, PARAMETER_BITS, Space
from nsr.values import Column, Value

REFERENCE: Final = 1.0
"""Bits of naming a subterm that is there already."""


def shared_cost(space: Space, term: Term) -> float:
    """Description length in bits with equal subterms written once.

    >>> from nsr.space import load_space
    >>> space = load_space("integers")
    >>> term = space.parse("mul(add(x0, 1), add(x0, 1))", goal="int", inputs=["int"])
    >>> space.cost(term) - shared_cost(space, term)
    2.5
    """
    total, seen = 0.0, set[Term]()
    # With the first index that is a parameter, not an input, where the term stands.
    stack: list[tuple[Term, float]] = [(term, math.inf)]
    while stack:
        node, first = stack.pop()
        if isinstance(node, Variable):
            total += PARAMETER_BITS if node.index >= first else INPUT_BITS
        elif isinstance(node, Literal):
            total += space.cost(node)
        elif children(node) and node in seen:
            total += REFERENCE
        elif isinstance(node, Apply):
            seen.add(node)
            total += space.applications[node.primitive].cost
            stack.extend((arg, first) for arg in node.args)
        elif isinstance(node, Lambda):
            seen.add(node)
            stack.append((node.body, min(first, node.params[0].index)))
    return total


def learnt_bits(space: Space, term: Term) -> float:
    """What learnt literals have of `shared_cost`."""
    known = space.domain.literals
    written = (part for node in dict.fromkeys(walk(term)) for part in children(node))
    literals = (part for part in written if isinstance(part, Literal))
    return sum(space.cost(literal) for literal in literals if known[literal.terminal].learnt)


def listing_bits(problem: Problem) -> float:
    """Bits of writing down the outputs themselves; infinite for values of unknown structure.

    Each distinct item is spelled once and then chosen by its frequency.
    """
    outputs = [e.output for e in problem.examples]
    items = [x for y in outputs for x in (y if isinstance(y, (tuple, str)) else (y,))]
    if not all(isinstance(x, (int, str)) for x in items):
        return math.inf
    lengths = [len(y) for y in outputs if isinstance(y, (tuple, str))]
    return _chosen_bits(items) + _chosen_bits(lengths)


def told_bits(problem: Problem) -> float:
    """Bits that the outputs tell to somebody who knows the inputs; no more than `listing_bits`.

    Where every output is an item of an input list, one only has to say which.
    """
    bits = 0.0
    for example in problem.examples:
        if not isinstance(example.output, int):
            return listing_bits(problem)
        items = {x for value in example.inputs if isinstance(value, tuple) for x in value}
        if example.output not in items:
            return listing_bits(problem)
        bits += math.log2(len(items))
    return min(bits, listing_bits(problem))


def exception_bits(problem: Problem, outputs: Column) -> float:
    """Bits of listing the examples whose output a program does not give, and their outputs."""
    equal = problem.domain.type(problem.goal).equal
    wrong = [
        e.output for e, y in zip(problem.examples, outputs, strict=False) if not equal(y, e.output)
    ]
    if not wrong:
        return 0.0
    known = {x for e in problem.examples for x in _spelled(e.output)}
    item = math.log2(max(2, len(known)))
    name = math.log2(max(2, len(problem.examples)))
    return sum(name + item * len(_spelled(y)) for y in wrong)


def _chosen_bits(items: Sequence[Any]) -> float:
    counts = collections.Counter(items)
    spelled = sum(
        1.0 + 2.0 * math.log2(1 + abs(x)) if isinstance(x, int) else 7.0 * len(x) for x in counts
    )
    return spelled - sum(n * math.log2(n / len(items)) for n in counts.values())


def _spelled(value: Value) -> Sequence[Hashable]:
    return value if isinstance(value, (tuple, str)) else (str(value),)
