"""Latent programs on families of tasks, with every way to search, and what does without them.

For every seed a network is trained, then asked about fresh tasks of each test with each strategy.
The in-context Transformer gets as much CPU time for its training, and is also fine-tuned on each
task's pairs at test time; the rate of that is chosen on tasks like those of training.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

import nsr
from benchmarks import records
from benchmarks._runs import numbers, say
from benchmarks.baselines import in_context
from benchmarks.baselines.in_context import InContext
from benchmarks.latent.families import Family, get_family, names
from nsr.budget import MEBIBYTE, Budget
from nsr.latent.blocks import Size
from nsr.latent.canvas import Drawn
from nsr.latent.composition import Composition
from nsr.latent.network import Network
from nsr.latent.search import (
    Evolution,
    Gradient,
    Hybrid,
    Mean,
    Random,
    Strategy,
    Support,
    Visited,
)
from nsr.latent.solver import LatentSolver
from nsr.latent.symmetry import Symmetries
from nsr.latent.training import Schedule, Source, Trainer
from nsr.threads import one_thread

NAME: Final = "latent"
DESCRIPTION: Final = "latent programs: strategies of search, in-context learning, fine-tuning"

BATCH: Final = 64
"""Tasks that are searched at once."""
STRATEGIES: Final[dict[str, Strategy]] = {
    "mean": Mean(),
    "gradient 1": Gradient(1),
    "gradient 5": Gradient(5),
    "gradient 10": Gradient(10),
    "gradient 20": Gradient(20),
    "gradient 20, held out": Gradient(20, held_out=True),
    "random 60": Random(60),
    "evolution 20 x 3": Evolution(20, 4),
    "evolution and gradient": Hybrid(Evolution(10, 4), Gradient(10)),
}
LONG: Final[dict[str, Strategy]] = {
    "gradient 100": Gradient(100),
    "gradient 100, held out": Gradient(100, held_out=True),
}
"""Name -> strategy; the long ones are asked for. A step of gradient ascent costs about three
decodings: of equal cost are 20 steps, 60 random samples, and 20 generations of 3 or 4."""
COMPOSED: Final = (10, 100)
"""Steps of gradient ascent after a composition, where programs have parts; the last if long."""
RATES: Final = (1e-4, 3e-4, 1e-3)
DECODED: Final = 32
"""Visited latents among which the second attempt is looked for."""
PACE: Final = 60
"""Steps of training that tell how long one takes."""
SOLVE: Final = Budget(fuel=2_000_000, seconds=60.0, memory=512 * MEBIBYTE)
"""Of `nsr.solve` on a task."""
TUNED: Final = (5, 60)
"""Steps of fine-tuning, the last if long, and the rates to choose from."""


@dataclass(frozen=True)
class Plan:
    """How much is done.

    Args:
        steps, jitter: of training, see `Schedule`.
        tasks: that are asked about in each test.
        tuned: of these, how many with fine-tuning.
        tuning: numbers of its steps.
        size: of the network.
        strategies: name -> how tasks are searched.
        checkpoints: folder for unfinished training, which is gone on with.
    """

    steps: int
    jitter: float
    tasks: int
    tuned: int
    tuning: Sequence[int]
    size: Size
    strategies: Mapping[str, Strategy]
    checkpoints: Path


def run(arguments: Sequence[str]) -> None:
    """The command.

    Raises:
        UnknownNameError: for a family that does not exist.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks run latent", description=__doc__)
    parser.add_argument("--family", default="pattern-3", help=", ".join(names()))
    parser.add_argument("--seeds", type=numbers, default=[0], help="e.g. 0,1,2")
    parser.add_argument("--steps", type=int, default=8000, help="of training")
    parser.add_argument("--jitter", type=float, default=0.0, help="noise on latents in training")
    parser.add_argument("--attention", action="store_true", help="whatever the rules")
    parser.add_argument("--tasks", type=int, default=300, help="in each test")
    parser.add_argument("--tuned", type=int, default=100, help="of these, with fine-tuning")
    parser.add_argument("--long", action="store_true", help="also searches of 100 steps")
    parser.add_argument("--no-baselines", action="store_true", help="latent programs only")
    parser.add_argument("--no-latent", action="store_true", help="baselines only")
    parser.add_argument("--solved", type=int, default=0, help="of these, by nsr.solve too")
    parser.add_argument("--results", type=Path, default=records.RESULTS, help="folder of records")
    parser.add_argument("--save", type=Path, metavar="FILE", help="where the first network goes")
    options = parser.parse_args(arguments)
    if options.no_latent and (options.save is not None or options.no_baselines):
        parser.error("--no-latent leaves nothing to --save, and needs the baselines")
    family = get_family(options.family)
    strategies = {**STRATEGIES, **LONG} if options.long else dict(STRATEGIES)
    if family.parts > 1:
        for count in COMPOSED if options.long else COMPOSED[:1]:
            gradient = Gradient(count)
            strategies[f"composition, gradient {count}"] = Composition(
                family.parts, gradient=gradient
            )
    plan = Plan(
        options.steps,
        options.jitter,
        options.tasks,
        options.tuned,
        TUNED if options.long else TUNED[:1],
        attended(family.size) if options.attention else family.size,
        strategies,
        options.results / ".checkpoints",
    )
    where = records.circumstances()
    rows: list[dict[str, Any]] = []
    path: Path | None = None

    def keep(found: Sequence[Mapping[str, Any]]) -> None:
        """Write what there is: an interruption costs no more than the method under way."""
        nonlocal path
        rows.extend(map(dict, found))
        settings = {
            "family": family.name,
            "source": family.source,
            "canvas": family.canvas.as_json(),
            "size": plan.size.as_json(),
            "schedule": schedule(plan).as_json(),
            "support": family.support,
            "parts": family.parts,
            "seeds": [seed for seed in options.seeds if any(r["seed"] == seed for r in rows)],
        }
        record = {"settings": settings, "summary": summary(rows), "rows": rows}
        path = records.save(NAME, record, folder=options.results, where=where, path=path)

    for seed in options.seeds:
        if options.no_latent:
            cpu_seconds = plan.steps * pace(family, plan, seed)
        else:
            solver, found = latent_rows(family, plan, seed)
            keep(found)
            cpu_seconds = solver.cpu_seconds_
            if options.save is not None and seed == options.seeds[0]:
                solver.save(options.save)
        if options.solved and seed == options.seeds[0]:
            keep(solve_rows(family, options.solved))
        if not options.no_baselines:
            keep(in_context_rows(family, plan, seed, cpu_seconds))
        if not options.no_latent:
            # Only now: what was interrupted before does not train again.
            checkpoint_of(family, plan, seed).unlink(missing_ok=True)
    say(f"record: {path}")


def checkpoint_of(family: Family, plan: Plan, seed: int) -> Path:
    """Where a network in training is kept; another one for other settings."""
    settings = [family.canvas.as_json(), plan.size.as_json(), schedule(plan).as_json()]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    return plan.checkpoints / f"latent-{family.name}-{plan.steps}-{digest}-{seed}.safetensors"


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Method and search -> test -> shares of exact answers, in per cent, of all seeds."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        tests = found.setdefault(f"{row['method']}, {row['search']}", {})
        tests.setdefault(row["test"], []).append(round(100 * row["exact"], 1))
    return found


def schedule(plan: Plan) -> Schedule:
    """That of the network."""
    return Schedule(steps=plan.steps, jitter=plan.jitter)


def attended(size: Size) -> Size:
    """A network of that size whose tokens attend to all others and do not see those around them."""
    return replace(size, heads=size.heads or Size().heads, reach=0)


def source(family: Family) -> Source:
    """Tasks for training."""
    return lambda rng, count: family.draw(rng, count, family.support + 1)


def questions(family: Family, test: str, tasks: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tasks of a test, the same for all seeds and methods: uint8[tasks, pairs, ...] twice."""
    number = list(family.tests).index(test)
    drawn = family.tests[test](np.random.default_rng([11, number]), tasks, family.support + 1)
    return torch.from_numpy(drawn.x), torch.from_numpy(drawn.y)


def untrained(family: Family, plan: Plan, seed: int) -> LatentSolver:
    """A solver for the family."""
    return LatentSolver(
        family.canvas,
        size=plan.size,
        schedule=schedule(plan),
        symmetries=family.symmetries,
        parts=family.parts,
        seed=seed,
    )


def pace(family: Family, plan: Plan, seed: int) -> float:
    """CPU seconds of a step of training of latent programs, on this machine."""
    solver = untrained(family, replace(plan, steps=PACE), seed).fit(source(family))
    return solver.cpu_seconds_ / PACE


def latent_rows(family: Family, plan: Plan, seed: int) -> tuple[LatentSolver, list[dict[str, Any]]]:
    """Train a network, and ask it about every test with every strategy."""
    solver = untrained(family, plan, seed)
    plan.checkpoints.mkdir(parents=True, exist_ok=True)
    checkpoint = checkpoint_of(family, plan, seed)
    solver.fit(source(family), checkpoint=checkpoint, resume=checkpoint.exists(), progress=say)
    network, known = solver.network_, solver.known_
    assert network is not None
    training = {"training_cpu_seconds": round(solver.cpu_seconds_, 1)}
    training |= {"parameters": sum(p.numel() for p in network.parameters())}
    rows = []
    for test in family.tests:
        x, y = questions(family, test, plan.tasks)
        for name, strategy in plan.strategies.items():
            with one_thread():
                found = searched(network, strategy, x, y, seed, known=known)
            row = {"seed": seed, "method": "latent", "test": test, "search": name}
            rows.append(row | found | training)
            say(json.dumps(row | found))
    return solver, rows


def searched(
    network: Network,
    strategy: Strategy,
    x: torch.Tensor,
    y: torch.Tensor,
    seed: int,
    *,
    known: torch.Tensor | None = None,
) -> dict[str, Any]:
    """Exact answers to the last pair of every task, fit of the others, CPU seconds a task."""
    generator = torch.Generator().manual_seed(seed)
    started = time.process_time()
    right: list[torch.Tensor] = []
    second: list[torch.Tensor] = []
    fits: list[torch.Tensor] = []
    gains: list[torch.Tensor] = []
    apart = 0.0
    for part_x, part_y in zip(x.split(BATCH), y.split(BATCH), strict=True):  # type: ignore[no-untyped-call]
        support = Support(network, part_x[:, :-1], part_y[:, :-1], known=known)
        visited = strategy.search(support, generator)
        z = visited.best
        right.append(_same(network.answers(part_x[:, -1], z), part_y[:, -1]))
        fits.append(support.fitted(z))
        gains.append(visited.scores.max(1).values - visited.scores[:, 0])
        paused = time.process_time()
        second.append(_within_two(network, visited, part_x[:, -1], part_y[:, -1]))
        apart += time.process_time() - paused
    spent = time.process_time() - started - apart
    return {
        "exact": _share(right),
        "exact_in_two": _share(second),
        "fits": _share(fits),
        "gain": round(float(torch.cat(gains).mean()), 4),
        "tasks": len(x),
        "cpu_seconds_per_task": round(spent / len(x), 5),
    }


def _within_two(
    network: Network, visited: Visited, x: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """Whether the answer, or the next one that differs from it, is right."""
    order = visited.scores.argsort(stable=True, dim=1, descending=True)[:, :DECODED]
    count = order.shape[1]
    z = visited.latents.gather(1, order[:, :, None].expand(-1, -1, visited.latents.shape[2]))
    asked = x.repeat_interleave(count, 0)
    given = network.answers(asked, z.flatten(0, 1)).view(len(x), count, -1)
    other = (given != given[:, :1]).any(2)
    first = other.float().argmax(1)  # 0, the answer itself, if all are alike
    rows = torch.arange(len(x))
    right = (given == y.flatten(1)[:, None]).all(2)
    either: torch.Tensor = right[:, 0] | right[rows, first]
    return either


def in_context_rows(
    family: Family, plan: Plan, seed: int, cpu_seconds: float
) -> list[dict[str, Any]]:
    """Train an in-context Transformer for about as many CPU seconds, and ask it."""
    with one_thread(), torch.random.fork_rng():
        torch.manual_seed(seed)
        trial = _trainer(family, plan, seed, PACE)
        trial.run()
        # Steps that take as long as all of the training of the latent programs.
        steps = max(PACE, round(PACE * cpu_seconds / trial.progress.cpu_seconds))
        torch.manual_seed(seed)
        trainer = _trainer(family, plan, seed, steps)
        network = trainer.run(say=say).eval()
        training = {
            "training_cpu_seconds": round(trainer.progress.cpu_seconds, 1),
            "parameters": sum(p.numel() for p in network.parameters()),
            "training_steps": steps,
        }
        rates = {n: _best_rate(family, network, plan.tuned, n) for n in plan.tuning}
        rows = []
        for test in family.tests:
            x, y = questions(family, test, plan.tasks)
            few = x[: plan.tuned], y[: plan.tuned]
            answered = {"none": asked(network, x, y)}
            for count, rate in rates.items():
                name = f"fine-tuning {count}, rate {rate:g}"
                answered[name] = fine_tuned(network, *few, count, rate)
            for name, found in answered.items():
                row = {"seed": seed, "method": "in-context", "test": test, "search": name}
                rows.append(row | found | training)
                say(json.dumps(row | found))
    return rows


def solve_rows(family: Family, tasks: int) -> list[dict[str, Any]]:
    """What the program search of `nsr.solve` does on the first tasks of every test."""
    canvas = family.canvas
    rows = []
    for test in family.tests:
        x, y = (side.numpy() for side in questions(family, test, tasks))
        started = time.process_time()
        first = second = 0
        for pairs_x, pairs_y in zip(x, y, strict=True):
            drawn = [
                (canvas.value(a), canvas.value(b)) for a, b in zip(pairs_x, pairs_y, strict=True)
            ]
            *shown, (query, wanted) = drawn
            found = nsr.solve(nsr.Task.from_pairs(shown, [query]), domain=canvas.kind, budget=SOLVE)
            good = [np.array_equal(answer, wanted) for answer in found.attempts(0)]
            first += good[:1] == [True]
            second += any(good)
        spent = time.process_time() - started
        row = {"seed": 0, "method": "nsr.solve", "test": test, "search": "portfolio"}
        row |= {"exact": round(first / tasks, 4), "exact_in_two": round(second / tasks, 4)}
        row |= {"tasks": tasks, "cpu_seconds_per_task": round(spent / tasks, 3)}
        rows.append(row)
        say(json.dumps(row))
    return rows


def _trainer(family: Family, plan: Plan, seed: int, steps: int) -> Trainer[InContext]:
    network = InContext(family.canvas, plan.size)
    times = replace(schedule(plan), steps=steps)
    views = Symmetries(family.canvas, family.symmetries)
    tasks = source(family)

    def seen(rng: np.random.Generator, count: int) -> Drawn:
        return views.shuffle(tasks(rng, count), rng)

    return Trainer(network, seen, times, seed=seed, objective=in_context.objective)


def asked(network: InContext, x: torch.Tensor, y: torch.Tensor) -> dict[str, Any]:
    """Exact answers of one pass, CPU seconds a task."""
    started = time.process_time()
    right = [
        _same(in_context.answers(network, a[:, :-1], b[:, :-1], a[:, -1]), b[:, -1])
        for a, b in zip(x.split(BATCH), y.split(BATCH), strict=True)  # type: ignore[no-untyped-call]
    ]
    spent = time.process_time() - started
    per_task = round(spent / len(x), 5)
    return {"exact": _share(right), "tasks": len(x), "cpu_seconds_per_task": per_task}


def fine_tuned(
    network: InContext, x: torch.Tensor, y: torch.Tensor, steps: int, rate: float
) -> dict[str, Any]:
    """The same after fine-tuning a copy of the network on each task's pairs."""
    started = time.process_time()
    right = []
    for a, b in zip(x, y, strict=True):
        own = in_context.tuned(network, a[:-1], b[:-1], steps=steps, rate=rate)
        found = in_context.answers(own, a[None, :-1], b[None, :-1], a[None, -1])
        right.append(_same(found, b[None, -1]))
    spent = time.process_time() - started
    per_task = round(spent / len(x), 5)
    return {"exact": _share(right), "tasks": len(x), "cpu_seconds_per_task": per_task}


def _best_rate(family: Family, network: InContext, tasks: int, steps: int) -> float:
    """The rate of fine-tuning that serves other tasks like those of training best."""
    drawn = family.draw(np.random.default_rng([12]), tasks, family.support + 1)
    pairs = torch.from_numpy(drawn.x), torch.from_numpy(drawn.y)
    found = {rate: fine_tuned(network, *pairs, steps, rate)["exact"] for rate in RATES}
    return max(RATES, key=lambda rate: found[rate])


def _same(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return (given == wanted).flatten(1).all(1)


def _share(parts: Sequence[torch.Tensor]) -> float:
    return round(float(torch.cat(list(parts)).float().mean()), 4)
