"""`nsr train --latent`: a space of latent programs from tasks of one family."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nsr.cli import Interruption, say

if TYPE_CHECKING:
    from nsr.task import Task


def train(
    tasks: str,
    model: str,
    *,
    domain: str,
    steps: int,
    symmetries: str,
    local: bool,
    parts: int,
    seed: int,
    resume: bool,
    as_json: bool,
) -> None:
    """Learn from all pairs of the tasks that have an output.

    Raises:
        InputError: if the tasks cannot be read or learnt from, or the model not be written.
        UnknownNameError: if there is no such domain.
        Interruption: on Ctrl-C, with what is left behind.
    """
    from nsr.atomic import check_writable
    from nsr.latent.blocks import Size
    from nsr.latent.solver import LatentSolver
    from nsr.latent.store import check_name
    from nsr.latent.training import KEEP, Schedule

    path = Path(model)
    check_name(path)
    read = _arc(tasks) if domain == "grids" else _plain(tasks, domain)
    check_writable(path)
    checkpoint = path.with_suffix(".checkpoint")
    size = Size(heads=0, reach=1) if local else Size()
    schedule = Schedule(steps=steps)
    solver = LatentSolver(
        size=size, schedule=schedule, symmetries=symmetries, parts=parts, seed=seed
    )
    try:
        solver.fit(read, checkpoint=checkpoint, resume=resume, progress=None if as_json else say)
    except KeyboardInterrupt:
        there = f"go on with --resume, {checkpoint} is there" if checkpoint.exists() else ""
        raise Interruption(there or f"nothing is kept of the first {KEEP} steps") from None
    solver.save(path)
    checkpoint.unlink(missing_ok=True)
    misfit = solver.losses_[-1][1]
    if as_json:
        click.echo(json.dumps({"tasks": len(read), "steps": steps, "misfit": round(misfit, 4)}))
        return
    click.echo(f"{len(read)} tasks, misfit {misfit:.4f} nats; network in {path}")
    named = "" if domain == "grids" else f" --domain {domain}"
    click.echo(
        f"Searched by `nsr solve TASK{named} --searcher latent` with NSR_LATENT={path.parent}, "
        "for tasks like these."
    )


def _arc(name: str) -> list[Task]:
    from nsr.data.sets import load_inputs
    from nsr.task import Example, Task

    tasks = []
    for task in load_inputs([name]):
        known = [(x, y) for x, y in zip(task.test, task.solutions, strict=True) if y is not None]
        pairs = tuple(Example((x,), y) for x, y in (*task.train, *known))
        tasks.append(Task(pairs, name=task.id))
    return tasks


def _plain(name: str, domain: str) -> list[Task]:
    from nsr.data.examples import read_tasks
    from nsr.domain import get_domain

    return read_tasks(name, get_domain(domain))
