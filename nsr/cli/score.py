"""`nsr score`: a submission against the test outputs."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("submission", metavar="SUBMISSION")
@click.argument("tasks", nargs=-1, required=True, metavar="TASKS...")
@click.option(
    "--attempts",
    type=click.IntRange(1, 9999),
    default=2,
    show_default=True,
    help="How many attempts at each test input count; further ones are ignored.",
)
@click.option(
    "--solutions", metavar="FILE", help="Test outputs in a file of their own, {id: [grid, ...]}."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    submission: str,
    tasks: tuple[str, ...],
    attempts: int,
    solutions: str | None,
    as_json: bool,
) -> None:
    """Compare SUBMISSION with the test outputs in TASKS.

    TASKS are the same kinds of input as for `nsr solve`, with test outputs. A task is solved if
    for each of its test inputs one attempt is right in every cell. What is missing is wrong.
    """
    from nsr.data.arc import with_solutions
    from nsr.data.sets import load_inputs
    from nsr.submission import read_submission, score

    entries = read_submission(submission)
    asked = load_inputs(tasks)
    if solutions is not None:
        asked = with_solutions(asked, solutions)
    found = score(entries, asked, attempts=attempts, source=submission)
    if as_json:
        counts = {
            "tasks": found.tasks,
            "tasks_solved": found.tasks_solved,
            "inputs": found.inputs,
            "inputs_solved": found.inputs_solved,
            "attempts": found.attempts,
            "missing": len(found.missing),
            "ignored": len(found.ignored),
        }
        click.echo(json.dumps(counts))
        return
    click.echo(f"tasks   {_share(found.tasks_solved, found.tasks)}")
    click.echo(f"inputs  {_share(found.inputs_solved, found.inputs)}")
    click.echo(f"attempts that count: {found.attempts}")
    if found.missing:
        click.echo(f"missing from the submission, counted as wrong: {len(found.missing)} tasks")
    if found.ignored:
        click.echo(f"not among TASKS, ignored: {len(found.ignored)} tasks")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} solved ({part / whole:.1%})"
