"""Probes: argument values on which bottom-up search judges function literals.

Which values a function will meet is seen by calling the higher-order primitives with a function
that only takes notes; a few random values of the domain are added.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from nsr.budget import Meter
from nsr.columns import GAP
from nsr.errors import UndefinedError
from nsr.search import Problem
from nsr.space import Production
from nsr.values import Column, Value, function_signature

_SEEN: Final = 3
_RANDOM: Final = 4
_ARGUMENTS: Final = 2


def probes(
    problem: Problem,
    type_name: str,
    productions: Sequence[Production],
    known: Callable[[str], Sequence[Column]],
    meter: Meter,
) -> list[tuple[Value, ...]]:
    """Scopes for the bodies of functions of one type: an example's inputs, then parameters.

    Args:
        problem: whose inputs are used.
        type_name: of the function.
        productions: applications, some of which take such a function.
        known: type -> columns for their other arguments, cheapest first.
        meter: pays for the calls.

    Returns:
        At most 3 scopes an input that were seen in calls, and 4 random ones; none if no primitive
        passes anything on and the domain has no `sample`.
    """
    params, _ = _signature(type_name)
    keys = [problem.domain.type(t).key for t in params]
    rng = np.random.default_rng(0)
    sample = problem.domain.sample
    count = 0 if sample is None else _RANDOM
    random = [tuple(sample(t, rng) for t in params) for _ in range(count) if sample is not None]
    takers = [p for p in productions if type_name in p.args]
    scopes: list[tuple[Value, ...]] = []
    for index, inputs in enumerate(problem.inputs):
        seen: dict[Any, tuple[Value, ...]] = {}
        for production in takers:
            if len(seen) == _SEEN:
                break
            for values in _passed(problem, production, type_name, index, known, meter, rng):
                key = tuple(k(v) if k else v for k, v in zip(keys, values, strict=True))
                if len(seen) < _SEEN:
                    seen.setdefault(key, values)
        share = random[index :: len(problem.inputs)]
        scopes += [inputs + values for values in (*seen.values(), *share)]
    return scopes


def _passed(
    problem: Problem,
    production: Production,
    type_name: str,
    index: int,
    known: Callable[[str], Sequence[Column]],
    meter: Meter,
    rng: np.random.Generator,
) -> list[tuple[Value, ...]]:
    """What a primitive calls a function with on one input, over its cheapest arguments."""
    passed: list[tuple[Value, ...]] = []
    plain = [known(t)[:_ARGUMENTS] for t in production.args if not function_signature(t)]
    function = problem.domain.primitives[production.name].function
    for columns in itertools.product(*plain):
        recorded: list[tuple[Value, ...]] = []
        rest = iter(columns)
        values = [
            _recorder(problem, t, recorded if t == type_name else [], rng)
            if function_signature(t)
            else next(rest)[index]
            for t in production.args
        ]
        if any(value is GAP for value in values):
            continue
        meter.spend()
        with contextlib.suppress(UndefinedError):
            function(*values)
        passed += recorded
    return passed


def _recorder(
    problem: Problem, type_name: str, calls: list[tuple[Value, ...]], rng: np.random.Generator
) -> Callable[..., Value]:
    """A function that notes what it is called with and gives up after a few calls."""
    params, result = _signature(type_name)
    sample = problem.domain.sample

    def record(*arguments: Value) -> Value:
        if len(calls) >= _SEEN:
            raise UndefinedError("enough seen")
        calls.append(arguments)
        if result in params:
            return arguments[params.index(result)]
        if sample is None:
            raise UndefinedError("no value to give")
        return sample(result, rng)

    return record


def _signature(type_name: str) -> tuple[tuple[str, ...], str]:
    signature = function_signature(type_name)
    assert signature is not None
    return signature
