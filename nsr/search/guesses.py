"""Steps of a loop that no two inputs show: guessed where a found step first goes wrong.

A step that has all deduced examples may still fail on a whole input. Take the shortest one: on
what is shorter the step is right, so it fails, probably, at the last item. Then the step must lead
from the value that it gives before that item to the output, and this is one more example of it.
So counterexamples of the whole become examples of the function inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nsr.budget import Meter
from nsr.executor import Executor
from nsr.program import Lambda, Term
from nsr.search import Guide, Problem
from nsr.search.deduction import Inner, consistent, functions
from nsr.search.scheme import TURN
from nsr.values import Undefined

CHILDREN: Final = 3
"""Inner problems with one guess more that are made of one."""
ACTIVE: Final = 12
"""Searches at a time."""
GUESS: Final = 2.0
SURE: Final = 4
"""Each guess makes the share of a search so many times smaller, and by one more for every so many
examples that are deduced: the more are, the less guesses are needed."""


@dataclass(frozen=True)
class Loop:
    """A loop over a list, as far as its step does not matter.

    Args:
        problem: the whole.
        whole: step -> the program.
        before: step -> the program for the value before the last item.
        last: for each example the arguments of its last step besides the value, or `None` if there
            is no item.
        sizes: for each example the number of items.
    """

    problem: Problem
    whole: Callable[[Lambda], Term]
    before: Callable[[Lambda], Term]
    last: Sequence[tuple[Any, ...] | None]
    sizes: Sequence[int]


@dataclass
class _Search:
    """The search for one inner problem; `spent` is its fuel in proportion to its share."""

    inner: Inner
    steps: Iterator[Lambda | None]
    spent: float
    guesses: int = 0
    children: int = 0


def loop_steps(loop: Loop, inner: Inner, *, meter: Meter, guide: Guide) -> Iterator[Lambda | None]:
    """Steps with which the loop explains every example.

    Args:
        loop: around the step.
        inner: what is known of the step; its first argument is the value.
        meter: pays.
        guide: of the searches.

    Raises:
        LimitReached: when the meter runs out.
    """
    problem = loop.problem
    executor = Executor(problem.domain)
    equal = problem.domain.type(problem.goal).equal
    order = sorted(range(len(problem.examples)), key=lambda n: loop.sizes[n])

    def failure(step: Lambda) -> int | None:
        run = executor.prepare(loop.whole(step))
        for n in order:
            example = problem.examples[n]
            value = run(example.inputs, meter)
            if isinstance(value, Undefined) or not equal(value, example.output):
                return n
        return None

    def guess(step: Lambda, n: int) -> Any:
        """The example of the step that the failure of this step on example n suggests."""
        last = loop.last[n]
        if last is None:
            return None
        example = problem.examples[n]
        value = executor.prepare(loop.before(step))(example.inputs, meter)
        return None if isinstance(value, Undefined) else (n, (value, *last), example.output)

    dilution = GUESS + len(inner.examples) / SURE
    active = [_Search(inner, functions(problem, inner, meter=meter, guide=guide), 0.0)]
    guessed: set[Any] = set()
    while active:
        search = min(active, key=lambda s: s.spent)
        begin = meter.fuel
        for step in search.steps:
            if step is None:
                yield None
            elif (n := failure(step)) is None:
                yield step
            elif search.children < CHILDREN and len(active) < ACTIVE:
                example = guess(step, n)
                if example is not None:
                    more = replace(search.inner, examples=[*search.inner.examples, example])
                    key = frozenset((e[0], e[1], e[2]) for e in more.examples)
                    if key not in guessed and consistent(more, problem):
                        guessed.add(key)
                        search.children += 1
                        steps = functions(problem, more, meter=meter, guide=guide)
                        active.append(_Search(more, steps, search.spent, search.guesses + 1))
            if meter.fuel >= begin + TURN:
                break
        else:
            active.remove(search)
        search.spent += (meter.fuel - begin) * dilution**search.guesses
