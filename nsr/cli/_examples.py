"""`nsr solve` for domains of plain values: a file of examples in, a program and answers out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from nsr.cli import say
from nsr.cli._options import check_searcher

if TYPE_CHECKING:
    from nsr.budget import Budget
    from nsr.choice import Disagreement
    from nsr.data.examples import Examples
    from nsr.domain import Domain
    from nsr.solver import Hypothesis, Solution
    from nsr.task import Task
    from nsr.values import Value

_REASONS = {
    None: "the searchers came to an end without a program",
    "seconds": "stopped by the limit of seconds",
    "fuel": "stopped by the limit of fuel",
    "memory": "stopped by the limit of memory",
}


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    domain: str
    space: str | None
    knowledge: tuple[str, ...]
    searcher: str
    budget: Budget
    seed: int
    wrong: int
    python: bool
    as_json: bool


def solve_examples(path: str, options: Options) -> None:
    """Search a program for the examples of a file, answer its queries, print.

    Raises:
        NsrError: on bad input.
    """
    check_searcher(options.searcher)
    from nsr.batch import FAULTS, hard_limits
    from nsr.data.examples import read_examples
    from nsr.errors import LimitReached
    from nsr.solver import solve
    from nsr.space import load_space

    name = options.space or options.domain
    space = load_space(name, options.domain, knowledge=options.knowledge)
    examples = read_examples(path)
    task = examples.task(space.domain)
    if not options.wrong:
        examples.check_consistent(task, space.domain)
    solution: Solution | None = None
    stopped_by: str | None = None
    try:
        with hard_limits(options.budget):
            solution = solve(
                # Without its queries: a program has to stand by itself, not by its answers.
                replace(task, queries=()),
                space=space,
                searcher=options.searcher,
                budget=options.budget,
                seed=options.seed,
                wrong=options.wrong,
            )
            stopped_by = solution.stopped_by
    except LimitReached as reached:
        stopped_by = reached.limit
    except FAULTS as error:
        say(f"{examples.source}: internal error: {type(error).__name__}: {error}")
        raise SystemExit(1) from None
    outcome = Outcome(examples, task, space.domain, solution, stopped_by)
    if options.as_json:
        click.echo(json.dumps(outcome.line()))
    elif options.python:
        outcome.print_python()
    else:
        outcome.print_text()


@dataclass(frozen=True)
class Outcome:
    """What came out of a search, `solution` being `None` if the guard had to end it."""

    examples: Examples
    task: Task
    domain: Domain
    solution: Solution | None
    stopped_by: str | None

    @property
    def best(self) -> Hypothesis | None:
        """The program, if there is one that nothing contests."""
        return None if self.solution is None else self.solution.best

    @property
    def disagreement(self) -> Disagreement | None:
        """Where equally good programs part."""
        return None if self.solution is None else self.solution.disagreement

    def answers(self) -> list[Value]:
        """The best program's value for each query; nothing if there is no answer."""
        best = self.best
        return [] if best is None else [best.apply(*inputs) for inputs in self.task.queries]

    def reason(self) -> str:
        """Why there is no answer."""
        found = self.disagreement
        if found is not None:
            programs = "; ".join(
                f"{text} gives {self.shown(answer)}"
                for text, answer in zip(found.programs, found.answers, strict=True)
            )
            return (
                f"these programs disagree on {self.shown_inputs(found.inputs)}: {programs}. "
                "Add its right output as an example"
            )
        if self.solution is not None and (self.solution.unsure or self.solution.lengthy):
            return self.solution.doubted
        # A solution without an answer is false.
        declined = {} if self.solution is None else self.solution.declined
        if declined:
            return "; ".join(f"{name} declined: {why}" for name, why in declined.items())
        return _REASONS.get(self.stopped_by, f"stopped by {self.stopped_by}")

    def left_out(self) -> list[int]:
        """Numbers of the examples whose output the best program holds to be wrong."""
        best = self.best
        return [] if best is None else [i for i, holds in enumerate(best.holds) if not holds]

    # -- output --------------------------------------------------------------------------------
    def line(self) -> dict[str, Any]:
        """One line for machines."""
        best, found = self.best, self.disagreement
        spent = None if self.solution is None else self.solution.spent
        return {
            "source": self.examples.source,
            "solved": best is not None,
            "program": best and best.text,
            "python": best and _python(best),
            "cost": best and best.cost,
            "left_out": [self.examples.rows[i].place for i in self.left_out()],
            "answers": [self.encoded(value) for value in self.answers()],
            "reason": None if best else self.reason(),
            "disagreement": found
            and {
                "inputs": self.encoded_inputs(found.inputs),
                "programs": list(found.programs),
                "answers": [self.encoded(value) for value in found.answers],
            },
            "sources": list(best.sources) if best else [],
            "stopped_by": self.stopped_by,
            "fuel": spent and spent.fuel,
            "seconds": spent and round(spent.seconds, 3),
        }

    def print_python(self) -> None:
        """The function alone, ready for a file; why there is none goes to standard error."""
        best = self.best
        if best is None:
            say(f"no answer: {self.reason()}")
        else:
            click.echo(best.python(), nl=False)

    def print_text(self) -> None:
        """Program, bits and answers."""
        best = self.best
        if best is None:
            click.echo(f"no answer: {self.reason()}")
            return
        click.echo(f"program  {best.text}")
        click.echo(f"bits     {round(best.cost, 1):g}")
        for number in self.left_out():
            wrong, place = self.task.train[number], self.examples.rows[number].place
            value = self.shown(best.apply(*wrong.inputs))
            given = f"{self.shown_inputs(wrong.inputs)} -> {self.shown(wrong.output)}"
            click.echo(f"wrong    {place}: {given}, the program gives {value}")
        for inputs, value in zip(self.task.queries, self.answers(), strict=True):
            click.echo(f"answer   {self.shown_inputs(inputs)} -> {self.shown(value)}")

    # -- values --------------------------------------------------------------------------------
    def shown(self, value: Value) -> str:
        """An output as text."""
        from nsr.values import Undefined

        assert self.task.output_type is not None
        if isinstance(value, Undefined):
            return f"no answer ({value.reason})"
        return self.domain.type(self.task.output_type).show(value)

    def shown_inputs(self, inputs: Sequence[Value]) -> str:
        """Inputs as text."""
        types = self.task.input_types or ()
        return ", ".join(self.domain.type(t).show(v) for t, v in zip(types, inputs, strict=True))

    def encoded(self, value: Value) -> Any:
        """An output for JSON; `null` for no value."""
        from nsr.values import Undefined

        assert self.task.output_type is not None
        if isinstance(value, Undefined):
            return None
        return self.domain.type(self.task.output_type).encode(value)

    def encoded_inputs(self, inputs: Sequence[Value]) -> list[Any]:
        """Inputs for JSON."""
        types = self.task.input_types or ()
        return [self.domain.type(t).encode(v) for t, v in zip(types, inputs, strict=True)]


def _python(best: Hypothesis) -> str | None:
    """The program's Python function; `None` for what only nsr can run, such as a network."""
    from nsr.errors import ProgramError

    try:
        return best.python()
    except ProgramError:
        return None
