"""`nsr solve`: tasks in, answers and the programs behind them out."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsr.cli import Interruption, say
from nsr.cli._options import budget, check_output, check_searcher, limits

if TYPE_CHECKING:
    from nsr.batch import Report
    from nsr.data.arc import ArcTask
    from nsr.submission import Entry


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--output", "-o", metavar="FILE", help="Write answers in Kaggle's form.")
@click.option(
    "--attempts",
    type=click.IntRange(1, 100),
    default=2,
    show_default=True,
    help="Answers for each test input.",
)
@limits
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(0, 1024),
    default=1,
    show_default=True,
    help="Worker processes; 0: one per core.",
)
@click.option("--resume", is_flag=True, help="Keep the finished tasks of an existing FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per task.")
@click.option(
    "--domain",
    default="grids",
    show_default=True,
    metavar="NAME",
    help="What the values are: grids, sequences, integers, or a plug-in's.",
)
@click.option("--space", metavar="NAME", help="Another program space of the domain.  [not grids]")
@click.option(
    "--knowledge",
    multiple=True,
    metavar="NAME",
    help="Special knowledge of the domain, such as numerals of sequences.  [not grids]",
)
@click.option(
    "--wrong",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Up to N examples may have a wrong output.  [default: 0; not grids]",
)
@click.option("--python", is_flag=True, help="Print a plain Python function.  [not grids]")
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    output: str | None,
    attempts: int,
    seconds: float | None,
    fuel: int | None,
    memory: int | None,
    seed: int,
    searcher: str,
    jobs: int,
    resume: bool,
    as_json: bool,
    domain: str,
    space: str | None,
    knowledge: tuple[str, ...],
    wrong: int,
    python: bool,
) -> None:
    """Find programs that explain ARC tasks, and answer their test inputs.

    INPUT is a task file, a file of many tasks {id: task}, a directory of such files, `-` for
    standard input, or a named set: arc1:training, arc1:evaluation, arc2:training,
    arc2:evaluation, or one task of them, arc1:<id>. Test outputs in the input are never given to
    the solver.

    FILE is written whole after each task: {id: [{"attempt_1": grid, "attempt_2": grid}, ...]}.
    Its form has no place for "no answer", so missing answers are filled up with the test input
    and training outputs; --json names those under "fallback". Without --output and --json each
    task is drawn with its answers and program.

    With --domain sequences or integers INPUT is one file of examples. Each line has the inputs
    and then the output, separated by tabs, as JSON: [3, 1, 2], 5, true, "text". A line with ? for
    its output is a query. Or JSON: {"examples": [{"inputs": [...], "output": ...}], "queries":
    [[...]]}, or a list of [input, output]. The program, its length in bits and the answers are
    printed, or why there is no answer.
    """
    if domain != "grids":
        _refuse(ctx, ("output", "attempts", "jobs", "resume"), f"--domain {domain}")
        if len(inputs) != 1:
            raise click.UsageError("expected one file of examples")
        if python and as_json:
            raise click.UsageError("expected one of --python and --json")
        from nsr.cli._examples import Options, solve_examples

        limit = budget(seconds, fuel, memory)
        options = Options(domain, space, knowledge, searcher, limit, seed, wrong, python, as_json)
        solve_examples(inputs[0], options)
        return
    _refuse(ctx, ("space", "knowledge", "wrong", "python"), "--domain grids")
    if resume and output is None:
        raise click.UsageError("--resume needs --output")
    tasks = _tasks(inputs)
    check_searcher(searcher)
    limit = budget(seconds, fuel, memory)
    if output is not None:
        check_output(output, inputs)

    from nsr.batch import solve_many
    from nsr.submission import SubmissionFile, fill, finished

    done = finished(output, tasks, attempts) if output is not None and resume else {}
    file = None if output is None else SubmissionFile(output, [t.id for t in tasks], done)
    waiting = [task for task in tasks if task.id not in done]
    solved = count = faults = 0
    reports = solve_many(
        # Without their test outputs: that is all that leaves this process.
        [task.task() for task in waiting],
        domain="grids",
        searcher=searcher,
        budget=limit,
        seed=seed,
        attempts=attempts,
        jobs=jobs or os.cpu_count() or 1,
    )
    # No bar where tasks or lines of JSON appear on the same terminal.
    quiet = sys.stdout.isatty() if as_json else output is None
    bar = _Progress(len(waiting), shown=not quiet)
    with contextlib.closing(reports), bar as progress:
        try:
            for i, report in reports:
                task = waiting[i]
                answers = [[tuple(map(tuple, g)) for g in found] for found in report.answers]
                entry, invented = fill(answers, task, attempts)
                if file is not None:
                    file.add(task.id, entry)
                if report.error is not None:
                    faults += 1
                    say(f"task {task.id!r}: internal error: {report.error}")
                count += 1
                solved += report.solved
                if as_json:
                    click.echo(json.dumps(_line(report, entry, invented)))
                elif file is None:
                    _draw(task, report)
                progress.advance(solved)
        except KeyboardInterrupt:
            left = f"{count + len(done)} of {len(tasks)} tasks finished"
            kept = (
                f", kept in {output}; --resume goes on from there"
                if output and (count or done)
                else ""
            )
            raise Interruption(left + kept) from None
    if file is not None and not as_json:
        kept_before = f", {len(done)} kept from before" if done else ""
        click.echo(
            f"{count} task{'' if count == 1 else 's'}, {solved} with a program that explains "
            f"every training pair{kept_before}; answers in {output}"
        )
    if faults:
        raise SystemExit(1)


def _tasks(inputs: tuple[str, ...]) -> list[ArcTask]:
    """ARC tasks; a file of other examples is known as such."""
    from nsr.data.examples import read_examples
    from nsr.data.sets import load_inputs
    from nsr.errors import InputError

    try:
        return load_inputs(inputs)
    except InputError:
        if len(inputs) != 1 or not Path(inputs[0]).is_file():
            raise
        try:
            read_examples(inputs[0])
        except InputError:
            pass
        else:
            text = "holds examples, but no ARC task: name their --domain"
            raise InputError(text, source=inputs[0]) from None
        raise


def _refuse(ctx: click.Context, names: tuple[str, ...], where: str) -> None:
    """Refuse options that mean nothing for a domain."""
    for name in names:
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} means nothing with {where}")


def _line(report: Report, entry: Entry, invented: list[list[str]]) -> dict[str, Any]:
    return {
        "task": report.task,
        "solved": report.solved,
        "programs": list(report.programs),
        "attempts": entry,
        "fallback": invented,
        "sources": list(report.sources),
        "seconds": round(report.seconds, 3),
        "cpu_seconds": round(report.cpu_seconds, 3),
        "fuel": report.fuel,
        "memory": report.memory,
        "peak_rss": report.peak_rss,
        "stopped_by": report.stopped_by,
        "declined": dict(report.declined),
        "error": report.error,
    }


def _draw(task: Any, report: Report) -> None:
    from rich.console import Console

    from nsr.render.terminal import has_color, task_view

    console = Console(highlight=False)
    console.print(task_view(task, report, color=has_color(console), with_training=False))
    console.print()


class _Progress:
    """A bar on standard error, when that is a terminal."""

    def __init__(self, total: int, *, shown: bool):
        self._bar: Any = None
        if shown and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self._bar = Progress(
                "{task.description}",
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,
            )
            self._task = self._bar.add_task("0 solved", total=total)

    def __enter__(self) -> _Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, solved: int) -> None:
        """One more task is done."""
        if self._bar is not None:
            self._bar.update(self._task, advance=1, description=f"{solved} solved")
