"""Search when some examples may be wrong.

One search runs on all examples, others on parts of them, turn by turn; one part at least is likely
to be free of wrong examples. What is found there counts if it explains all examples but a few
(Fischler and Bolles, "Random sample consensus", CACM 1981). `nsr.choice` charges each exception
the bits of writing it down.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from nsr.budget import Meter
from nsr.errors import DeclinedError, InputError, LimitReached
from nsr.executor import Executor
from nsr.program import Term
from nsr.search import PULSE, Candidate, Guide, Problem, Searcher
from nsr.values import Undefined

TURN: Final = 20_000
"""Fuel of one turn of a search."""
SHARE: Final = 10
"""If the number of wrong examples is not known, it is at most one in so many."""
PARTS: Final = 3
"""Each of so many parts is left out once: a single wrong example spoils all searches but one."""
SAMPLES: Final = 6
"""Random samples taken if more than one example may be wrong."""
CLEAN: Final = 0.35
"""Chance of a random sample to be free of wrong examples: one in six is, nine times in ten."""
LEAST: Final = 4
"""Examples in a random sample."""


def most_wrong(wrong: int | None, count: int) -> int:
    """How many of `count` examples may be wrong.

    Raises:
        InputError: if `wrong` is negative or leaves no example.
    """
    if wrong is None:
        return count // SHARE
    if not 0 <= wrong < count:
        raise InputError(f"expected from 0 to {count - 1} wrong examples, got {wrong}")
    return wrong


def samples(count: int, wrong: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Places of examples to search on, besides all of them.

    >>> [len(part) for part in samples(50, 1, np.random.default_rng(0))]
    [33, 33, 34]
    """
    order = rng.permutation(count)
    found = [
        tuple(sorted(set(range(count)) - set(part.tolist())))
        for part in np.array_split(order, min(PARTS, count))
    ]
    if wrong > 1:
        size = math.floor(math.log(CLEAN) / math.log(1 - wrong / count))
        size = min(max(size, LEAST), count - wrong)
        found += [tuple(sorted(rng.permutation(count)[:size].tolist())) for _ in range(SAMPLES)]
    return [part for part in dict.fromkeys(found) if part]


def tolerant(
    engine: type[Searcher],
    problem: Problem,
    *,
    meter: Meter,
    guide: Guide,
    rng: np.random.Generator,
    wrong: int,
) -> Iterator[Candidate | None]:
    """Candidates that give the output of all examples but at most `wrong`.

    Raises:
        LimitReached: when the meter runs out.
        DeclinedError: if the searcher cannot work on the problem.
    """
    parts = samples(len(problem.examples), wrong, rng)
    problems = [problem] + [
        replace(problem, examples=tuple(problem.examples[i] for i in part)) for part in parts
    ]
    memory = meter.budget.memory and max(1, meter.budget.memory // len(problems))
    running = []
    for posed, own_rng in zip(problems, rng.spawn(len(problems)), strict=True):
        share = meter.share(memory=memory)
        stream = engine().search(posed, meter=share, guide=guide, rng=own_rng)
        running.append((posed, share, stream))
    executor = Executor(problem.domain)
    seen: set[Term] = set()
    refused: list[DeclinedError] = []
    while running:
        for member in list(running):
            posed, share, stream = member
            end = share.fuel + TURN
            try:
                while share.fuel < end:
                    found = next(stream)
                    if found is None or found.program in seen:
                        yield PULSE
                        continue
                    seen.add(found.program)
                    if posed is not problem:
                        outputs = executor.run(found.program, problem.inputs, meter=meter)
                        found = replace(found, outputs=outputs)
                    yield found if _explains(problem, found, wrong) else PULSE
                continue
            except StopIteration:
                pass
            except DeclinedError as error:
                refused.append(error)
            except LimitReached:
                if meter.stopped_by is not None:
                    raise
            running.remove(member)
            share.hold(-share.held)
    if len(refused) == len(problems):
        raise refused[0]


def _explains(problem: Problem, candidate: Candidate, wrong: int) -> bool:
    """Whether all queries have a value and all examples but a few the output wanted."""
    equal = problem.domain.type(problem.goal).equal
    outputs = candidate.outputs
    answers = outputs[len(problem.examples) :]
    if any(isinstance(answer, Undefined) for answer in answers):
        return False
    misses = [not equal(y, e.output) for y, e in zip(outputs, problem.examples, strict=False)]
    return sum(misses) <= wrong
