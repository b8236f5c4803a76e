"""The conformance suite: what every searcher and every domain must keep to.

Run it on your own plug-in from any test runner; each check is a plain function that raises
`AssertionError` with the reason:

    @pytest.mark.parametrize("check", nsr.testing.SEARCHER_CHECKS)
    @pytest.mark.parametrize("case", MY_CASES)
    def test_my_searcher(check, case):
        check("my-searcher", case)

    @pytest.mark.parametrize("check", nsr.testing.DOMAIN_CHECKS)
    def test_my_domain(check):
        check(nsr.load_space("my-domain"))

A check of a searcher raises `DeclinedError` where the searcher declines the problem.
"""

from __future__ import annotations

import contextlib
import doctest
import functools
import inspect
import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from nsr.budget import Budget, Meter
from nsr.errors import InputError, LimitReached, UndefinedError
from nsr.executor import Executor
from nsr.program import Apply, Lambda, Term, Variable
from nsr.search import Candidate, Problem, Uniform, get_searcher
from nsr.search.pcfg import Grammar
from nsr.space import Space, load_space
from nsr.task import Example, Task
from nsr.values import Undefined, Value, ValueType, function_signature

FUEL: Final = 30_000
"""Of one search in a check."""

SILENCE: Final = 20_000
"""Fuel that a searcher may use between two signs of life."""

ENOUGH: Final = 40
"""Candidates that are looked at."""


@dataclass(frozen=True)
class Case:
    """A small problem as plain data, so that worker processes can build it too.

    Args:
        space: name of a grammar and of its domain.
        pairs: inputs (a tuple) and output of every example, in JSON form or as values.
        primitives: names of the primitives to keep; all without it.
        queries: further inputs.
        size: programs of up to this many nodes are compared with brute force.
    """

    space: str
    pairs: tuple[tuple[tuple[Any, ...], Any], ...]
    primitives: tuple[str, ...] | None = None
    queries: tuple[tuple[Any, ...], ...] = ()
    size: int = 4

    def problem(self) -> Problem:
        """The problem of the case."""
        space = load_space(self.space)
        if self.primitives is not None:
            space = space.restrict(self.primitives)
        return Problem.from_task(Task.from_pairs(self.pairs, self.queries), space)

    def __str__(self) -> str:
        return f"{self.space}-{len(self.primitives or ())}"


def run(
    searcher: str,
    problem: Problem,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    meter: Meter | None = None,
    enough: int = ENOUGH,
) -> tuple[list[Candidate], str | None]:
    """Candidates of one search and the limit that stopped it.

    Raises:
        DeclinedError: if the searcher declines.
    """
    meter = meter or (budget or Budget(fuel=FUEL)).meter()
    found: list[Candidate] = []
    stream = get_searcher(searcher)().search(
        problem, meter=meter, guide=Uniform(), rng=np.random.default_rng(seed)
    )
    try:
        for candidate in stream:
            if candidate is not None:
                found.append(candidate)
                if len(found) >= enough:
                    break
    except LimitReached as reached:
        return found, reached.limit
    return found, None


def brute_force(problem: Problem, size: int) -> Iterator[Term]:
    """Every term of the goal type with up to `size` nodes, by plain recursion, smallest first."""
    for nodes in range(1, size + 1):
        yield from _terms(problem.space, problem.goal, problem.input_types, nodes)


def _terms(space: Space, type_name: str, scope: tuple[str, ...], nodes: int) -> Iterator[Term]:
    if type_name in space.domain.literals:
        if nodes == 1:
            yield from space.literals(type_name)
        return
    for production in space.productions(type_name):
        if production.kind == "variable" and nodes == 1:
            yield from (Variable(i, t) for i, t in enumerate(scope) if t == type_name)
        elif production.kind == "literal" and nodes == 1:
            yield from space.literals(production.name, type_name)
        elif production.kind == "lambda":
            signature = function_signature(type_name)
            assert signature is not None
            params = tuple(Variable(len(scope) + i, t) for i, t in enumerate(signature[0]))
            for body in _terms(space, signature[1], scope + signature[0], nodes - 1):
                yield Lambda(params, body, type_name)
        elif production.kind == "apply":
            for sizes in _partitions(nodes - 1, len(production.args)):
                parts = [
                    list(_terms(space, arg, scope, n))
                    for arg, n in zip(production.args, sizes, strict=True)
                ]
                for args in itertools.product(*parts):
                    yield Apply(production.name, args, type_name)


def _partitions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(1, total - parts + 2):
        for rest in _partitions(total - first, parts - 1):
            yield (first, *rest)


# -- searchers -------------------------------------------------------------------------------
def check_sound(searcher: str, case: Case) -> None:
    """Every candidate gives the outputs it claims, and those are the wanted ones."""
    problem = case.problem()
    for candidate in run(searcher, problem)[0]:
        text = problem.space.format(candidate.program)
        outputs = Executor(problem.domain).run(candidate.program, problem.inputs)
        equal = problem.domain.type(problem.goal).equal
        assert len(candidate.outputs) == len(outputs) == len(problem.inputs), text
        assert all(map(equal, outputs, candidate.outputs)), f"{text} does not give its outputs"
        assert problem.solved_by(outputs), f"{text} does not solve the problem"
        cost = problem.space.cost(candidate.program)
        assert abs(candidate.cost - cost) < 1e-6, f"the cost of {text} is {cost}"


def check_distinct(searcher: str, case: Case) -> None:
    """No program is yielded twice."""
    programs = [candidate.program for candidate in run(searcher, case.problem())[0]]
    assert len(set(programs)) == len(programs), "a program was yielded twice"


def check_complete(searcher: str, case: Case) -> None:
    """An exhaustive searcher solves whatever brute force solves.

    Every behaviour of a program of up to `case.size` nodes is made a problem of its own.
    """
    run(searcher, case.problem(), budget=Budget(fuel=100), enough=1)
    if not getattr(get_searcher(searcher), "exhaustive", False):
        return
    problem = case.problem()
    value_type = problem.domain.type(problem.goal)
    behaviours: dict[Any, Term] = {}
    for term in brute_force(problem, case.size):
        outputs = Executor(problem.domain).run(term, problem.inputs)
        if not any(isinstance(value, Undefined) for value in outputs):
            behaviours.setdefault(value_type.column_key(outputs), term)
    assert behaviours, "the case has no program: give it one"
    for term in behaviours.values():
        outputs = Executor(problem.domain).run(term, problem.inputs)
        examples = tuple(
            Example(e.inputs, y) for e, y in zip(problem.examples, outputs, strict=False)
        )
        found, _ = run(searcher, replace(problem, examples=examples), enough=1)
        assert found, f"{problem.space.format(term)} was not found"


def check_repeatable(searcher: str, case: Case) -> None:
    """The same seed gives the same candidates in the same order."""
    first, second = _texts(searcher, case), _texts(searcher, case)
    assert first == second, "two runs with one seed differ"


def check_workers(searcher: str, case: Case) -> None:
    """Worker processes give what this process gives."""
    import joblib

    alone = [_texts(searcher, case, seed) for seed in range(2)]
    jobs = (joblib.delayed(_texts)(searcher, case, seed) for seed in range(2))
    together = joblib.Parallel(n_jobs=2)(jobs)
    assert list(together) == alone, "the number of workers changes the result"


def _texts(searcher: str, case: Case, seed: int = 0) -> list[tuple[str, float]]:
    problem = case.problem()
    found, limit = run(searcher, problem, seed=seed)
    texts = [(problem.space.format(c.program), c.cost) for c in found]
    return [*texts, (str(limit), 0.0)]


def check_fuel(searcher: str, case: Case) -> None:
    """Fuel is never overdrawn, paid before the work, and used up where it stops a search."""
    for fuel in (1, 7, 100, 1000, 5003):
        meter = Budget(fuel=fuel).meter()
        problem = _paid(_unsolvable(case.problem()), meter)
        _, limit = run(searcher, problem, meter=meter)
        assert meter.fuel <= fuel, f"used {meter.fuel} of {fuel}"
        assert limit in {None, "fuel"}, f"stopped by {limit}"
        assert limit is None or meter.fuel == fuel, f"stopped at {meter.fuel} of {fuel}"


def _paid(problem: Problem, meter: Meter) -> Problem:
    """The problem with primitives that complain when they are applied before fuel is spent."""
    calls = itertools.count(1)

    def watched(function: Callable[..., Value]) -> Callable[..., Value]:
        @functools.wraps(function)
        def call(*args: Value) -> Value:
            done = next(calls)
            assert done <= meter.fuel, f"{done} applications for {meter.fuel} units of fuel"
            return function(*args)

        return call

    domain = problem.domain
    primitives = {n: replace(p, function=watched(p.function)) for n, p in domain.primitives.items()}
    domain = replace(domain, primitives=MappingProxyType(primitives))
    return replace(problem, space=replace(problem.space, domain=domain))


def check_memory(searcher: str, case: Case) -> None:
    """What is held stays under the memory limit, but for one step."""
    limit = 200_000
    meter = Budget(memory=limit, fuel=4 * FUEL).meter()
    run(searcher, _unsolvable(case.problem()), meter=meter)
    assert meter.peak <= 1.5 * limit, f"held {meter.peak} bytes of {limit}"


def check_seconds(searcher: str, case: Case) -> None:
    """A search whose time is over ends at the next look at the clock."""
    meter = Budget(seconds=1e-9, fuel=10 * FUEL).meter()
    _, limit = run(searcher, _unsolvable(case.problem()), meter=meter)
    assert limit in {None, "seconds"}, f"stopped by {limit}"
    assert meter.fuel <= SILENCE, "went on for long after its time was over"


def check_interruptible(searcher: str, case: Case) -> None:
    """A search can be closed at any point, lets interrupts through, and gives signs of life."""
    problem = _unsolvable(case.problem())
    meter = Budget(fuel=FUEL).meter()
    stream = get_searcher(searcher)().search(
        problem, meter=meter, guide=Uniform(), rng=np.random.default_rng(0)
    )
    assert isinstance(stream, Iterator), "search must return an iterator"
    signs = [0]
    with contextlib.suppress(LimitReached):
        for _ in stream:
            signs.append(meter.fuel)
    silences = [after - before for before, after in itertools.pairwise([*signs, meter.fuel])]
    assert max(silences) <= SILENCE, f"silent for {max(silences)} units of fuel"
    meter = Budget(fuel=FUEL).meter()
    stream = get_searcher(searcher)().search(
        problem, meter=meter, guide=Uniform(), rng=np.random.default_rng(0)
    )
    next(stream, None)
    close = getattr(stream, "close", None)
    assert close is not None, "search must be a generator"
    close()
    interrupted = _Interrupted(Budget(fuel=FUEL))
    try:
        run(searcher, problem, meter=interrupted)
    except KeyboardInterrupt:
        return
    assert not interrupted.pressed, "KeyboardInterrupt was swallowed"


class _Interrupted(Meter):
    """A meter during whose work somebody presses the interrupt key."""

    AFTER: Final = 500
    pressed = False

    def check_clock(self) -> None:
        """Look at the clock, as `spend` does now and then, also for the meters below."""
        super().check_clock()
        if self.fuel >= self.AFTER:
            self.pressed = True
            raise KeyboardInterrupt


def _unsolvable(problem: Problem) -> Problem:
    """The problem with one more example that contradicts the first."""
    first = problem.examples[0]
    value_type = problem.domain.type(problem.goal)
    rng = np.random.default_rng(0)
    sample = problem.domain.sample
    assert sample is not None, "the domain cannot sample values"
    for _ in range(100):
        other = sample(problem.goal, rng)
        if not value_type.equal(other, first.output):
            return replace(problem, examples=(*problem.examples, Example(first.inputs, other)))
    raise AssertionError(f"sample gives one value of {problem.goal} only")


SEARCHER_CHECKS: tuple[Callable[[str, Case], None], ...] = (
    check_sound,
    check_distinct,
    check_complete,
    check_repeatable,
    check_workers,
    check_fuel,
    check_memory,
    check_seconds,
    check_interruptible,
)
"""What every searcher must keep to; each takes the searcher's name and a case."""


# -- domains ---------------------------------------------------------------------------------
def check_documented(space: Space, names: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Every primitive of the grammar has a docstring whose example runs and holds.

    Examples see the primitive's module, all primitives by name, and `names`.
    """
    by_name = {name: p.function for name, p in space.domain.primitives.items()}
    finder, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    for name in space.applications:
        function = inspect.unwrap(space.domain.primitives[name].function)
        function = getattr(function, "py_func", function)
        text = inspect.getdoc(function)
        assert text, f"{name} has no docstring"
        assert ">>>" in text, f"{name} has no example"
        scope = {**function.__globals__, **by_name, function.__name__: function, **names}
        test = finder.get_doctest(text, scope, name, None, None)
        assert runner.run(test, out=lambda _: None).failed == 0, f"the example of {name} fails"


def check_text(space: Space, count: int = 200) -> None:
    """Printing a program and parsing the text gives the program back."""
    for problem, term in random_terms(space, count):
        text = space.format(term)
        parsed = space.parse(text, goal=problem.goal, inputs=problem.input_types)
        assert parsed == term, f"{text} reads as {space.format(parsed)}"


def check_values(space: Space, count: int = 20) -> None:
    """Values belong to their type, survive JSON, and equal themselves."""
    rng = np.random.default_rng(0)
    for name, value_type in space.domain.types.items():
        for value in _samples(space, name, rng, count):
            assert value_type.contains(value), f"{name} does not contain its sample {value!r}"
            assert value_type.fits(value), f"{name}: a sample is too large"
            assert value_type.equal(value, value), f"{name}: a value differs from itself"
            data = json.loads(json.dumps(value_type.encode(value)))
            if _is_public(value_type):
                copy = value_type.decode(data)
                assert value_type.equal(value, copy), f"{name}: JSON changes {value!r}"
            hash(value_type.column_key((value, value)))
            assert value_type.nbytes(value) >= 0, f"{name}: negative size"
            assert "\n" not in value_type.show(value), f"{name}: shown on several lines"
            if value_type.distance is not None:
                assert value_type.distance(value, value) == 0, f"{name}: far from itself"


def _is_public(value_type: ValueType) -> bool:
    """Whether data may hold such values; other types only occur inside programs."""
    return value_type.decode is not ValueType.__dataclass_fields__["decode"].default


def check_decoding(space: Space) -> None:
    """Data of another shape is refused by `decode` or by `contains`, without any other error."""
    odd: list[Any] = [None, True, -1, 3.5, "x", [], [[]], [1, "x"], [[1], [2, 3]], {"a": 1}]
    for name, value_type in filter(lambda pair: _is_public(pair[1]), space.domain.types.items()):
        for raw in odd:
            with contextlib.suppress(InputError):
                value = value_type.decode(raw)
                assert value_type.contains(value) in {True, False}, f"{name}: contains {raw!r}?"


def check_meaning(space: Space, count: int = 200) -> None:
    """Programs give values of their type or are undefined, and give the same value twice."""
    rng = np.random.default_rng(0)
    executor = Executor(space.domain)
    for problem, term in random_terms(space, count):
        value_type = space.domain.type(problem.goal)
        rows = [tuple(_samples(space, t, rng, 1)[0] for t in problem.input_types) for _ in range(2)]
        text = space.format(term)
        try:
            columns = [executor.run(term, rows, meter=Budget(fuel=5000).meter()) for _ in range(2)]
        except LimitReached:
            continue
        for value, again in zip(*columns, strict=True):
            if isinstance(value, Undefined):
                assert isinstance(again, Undefined), f"{text} is undefined only sometimes"
                continue
            assert value_type.contains(value), f"{text} gives {value!r}, no {problem.goal}"
            assert value_type.equal(value, again), f"{text} gives two values"


def check_inverses(space: Space, count: int = 60) -> None:
    """What an inverse gives for a missing argument leads to the output; loose ones hold the truth.

    Outputs come from random arguments, and an inverse is asked as searchers do: only where it
    admits each known argument. Primitives that take functions or literals are left out.
    """
    rng = np.random.default_rng(0)
    for production in space.applications.values():
        primitive = space.domain.primitives[production.name]
        if not all(name in space.domain.types for name in production.args):
            continue
        result = space.domain.type(production.type)
        for position, inverse in primitive.inverses.items():
            for _ in range(count):
                full = [tuple(_samples(space, name, rng, 2)) for name in production.args]
                with contextlib.suppress(UndefinedError):
                    target = tuple(map(primitive.function, *full))
                    known = [None if i == position else c for i, c in enumerate(full)]
                    if not all(inverse.admits(i, c, target) for i, c in enumerate(known) if c):
                        continue
                    for solution in inverse.solve(known, target):
                        columns = [solution if c is None else c for c in known]
                        again = map(primitive.function, *columns)
                        assert all(map(result.equal, again, target)), (
                            f"{production.name}: {solution!r} for argument {position} of {full!r}"
                        )
                    for wanted in inverse.loose(known, target) if inverse.loose else ():
                        for value, container in zip(full[position], wanted, strict=True):
                            assert value in container, (
                                f"{production.name}: {value!r} will do, but is not in {container!r}"
                            )


def random_terms(space: Space, count: int, *, height: int = 5) -> Iterator[tuple[Problem, Term]]:
    """Random terms of every type that values can have, with the problem whose inputs they use."""
    rng, draw = np.random.default_rng(0), random.Random(0)
    types = [name for name in space.types if name in space.domain.types]
    grammars = []
    for goal in types:
        row = tuple(_samples(space, name, rng, 1)[0] for name in types)
        output = _samples(space, goal, rng, 1)[0]
        task = Task((Example(row, output),), input_types=tuple(types), output_type=goal)
        problem = Problem.from_task(task, space)
        grammars.append(Grammar(problem, Uniform()))
    for grammar in itertools.islice(itertools.cycle(grammars), count):
        yield grammar.problem, grammar.sample(grammar.start, draw, height)


def _samples(space: Space, type_name: str, rng: Any, count: int) -> Sequence[Value]:
    sample = space.domain.sample
    assert sample is not None, f"domain {space.domain.name!r} cannot sample values"
    return [sample(type_name, rng) for _ in range(count)]


DOMAIN_CHECKS: tuple[Callable[[Space], None], ...] = (
    check_documented,
    check_text,
    check_values,
    check_decoding,
    check_meaning,
    check_inverses,
)
"""What every domain must keep to; each takes the domain's space."""
