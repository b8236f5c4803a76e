"""`nsr view`: one task, drawn, with the program found for it."""

from __future__ import annotations

import click

from nsr.cli._options import budget, check_output, check_searcher, limits
from nsr.errors import InputError


@click.command()
@click.argument("source", metavar="TASK")
@click.option("--task", "name", metavar="ID", help="Which task, if TASK holds several.")
@click.option("--html", metavar="FILE", help="Write a self-contained page instead.")
@click.option("--svg", metavar="FILE", help="Write the grids and the program as a picture instead.")
@click.option("--no-solve", is_flag=True, help="Draw the task alone.")
@limits
def command(
    source: str,
    name: str | None,
    html: str | None,
    svg: str | None,
    no_solve: bool,
    seconds: float | None,
    fuel: int | None,
    memory: int | None,
    seed: int,
    searcher: str,
) -> None:
    """Draw TASK, solve it, show the program that explains it, and what is seen in a grid.

    TASK is the same kind of input as for `nsr solve`. Test outputs, where TASK has them, are
    drawn beside the attempts; the solver does not get them.
    """
    from nsr.atomic import replace_file
    from nsr.data.sets import load_inputs

    tasks = {task.id: task for task in load_inputs([source])}
    if name is None and len(tasks) > 1:
        raise InputError(f"holds {len(tasks)} tasks; name one with --task", source=source)
    if name is not None and name not in tasks:
        raise InputError(f"no task {name!r} in it", source=source)
    task = tasks[name] if name is not None else next(iter(tasks.values()))
    check_searcher(searcher)
    for path in (html, svg):
        if path is not None:
            check_output(path, [source])
    limit = budget(seconds, fuel, memory)
    report = None
    if not no_solve:
        from nsr.batch import solve_one

        report = solve_one(task.task(), domain="grids", searcher=searcher, budget=limit, seed=seed)
    from nsr.render.view import examples, outline, questions

    if html is not None:
        from nsr.render.page import page

        replace_file(html, page(task, report, outline=outline(task)))
        click.echo(f"page in {html}")
    if svg is not None:
        from nsr.render.svg import sheet_svg

        pairs = [picture for pair in examples(task) for picture in pair]
        strips = [pairs[i : i + 6] for i in range(0, len(pairs), 6)]
        lines = report.programs[:1] if report is not None else ()
        replace_file(svg, sheet_svg([*strips, *questions(task, report)], lines))
        click.echo(f"picture in {svg}")
    if html is None and svg is None:
        from rich.console import Console

        from nsr.render.terminal import has_color, seen, task_view

        console = Console(highlight=False)
        console.print(task_view(task, report, color=has_color(console)))
        console.print(seen(outline(task)))
