"""Which types there are terms of, and which are of use for a goal."""

from __future__ import annotations

from collections.abc import Collection

from nsr.search import Problem
from nsr.space import Space
from nsr.values import function_signature


def needed(problem: Problem, only: Collection[str] | None) -> list[str]:
    """Types that the goal can be made from and that can be made, in the order of the grammar."""
    space = problem.space
    if only is not None:
        return [t for t in space.types if t in only]
    reachable = makeable(space, problem.input_types)
    wanted, stack = {problem.goal}, [problem.goal]
    while stack:
        for production in space.productions(stack.pop()):
            if not reachable.issuperset(production.args):
                continue
            for name in production.args:
                signature = function_signature(name)
                for part in (name,) if signature is None else (name, signature[1]):
                    if part not in wanted and part in space.by_type:
                        wanted.add(part)
                        stack.append(part)
    return [t for t in space.types if t in wanted]


def makeable(space: Space, given: Collection[str]) -> set[str]:
    """Types of which there are terms over variables of the given types.

    Functions count as makeable: their parameters are variables too. What takes one also takes
    what it is called with.
    """
    found = {*given, *space.domain.literals}
    found.update(name for name in space.types if function_signature(name))
    before = 0
    while before < len(found):
        before = len(found)
        for name in space.types:
            for production in space.productions(name):
                leaf = production.kind == "literal"
                if leaf or (production.kind == "apply" and found.issuperset(production.args)):
                    found.add(name)
    return found
