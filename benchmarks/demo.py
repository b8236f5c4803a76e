"""`make demo`: real tasks, solved on screen, each answer with the program behind it."""

from __future__ import annotations

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from nsr.batch import explain, solve_one
from nsr.budget import Budget
from nsr.data.sets import load_set
from nsr.render.terminal import has_color, task_view
from nsr.solver import solve

TASKS = ("00d62c1b", "007bbfb7", "be94b721", "08ed6ac7", "25d8a9c8", "7468f01a", "1e0a9b12")
"""Tasks of ARC-AGI-1's training set, chosen for the screen. The engine knows none of them."""

LISTS = [([3, 1, 2], [4, 2, 6]), ([5, 7], [14, 10]), ([1, 1, 8, 2], [4, 16, 2, 2])]
BUDGET = Budget(fuel=1_000_000, seconds=30.0)


def main() -> int:
    """Solve and draw. Returns the number of tasks without a right answer, as exit code."""
    console = Console(highlight=False)
    color = has_color(console)
    missed = 0
    for name in TASKS:
        (task,) = load_set(f"arc1:{name}")
        console.print(Rule(style="dim"))
        with console.status(f"searching a program for {name} ..."):
            report = solve_one(task.task(), domain="grids", budget=BUDGET)
        console.print(task_view(task, report, color=color), "")
        first = [tuple(map(tuple, found[0])) if found else None for found in report.answers]
        missed += first != list(task.solutions)
    console.print(Rule(style="dim"))
    missed += not _lists(console)
    right = len(TASKS) + 1 - missed
    console.print(Rule(style="dim"))
    console.print(f"{right} of {len(TASKS) + 1} tasks right. Your own: nsr solve TASK.json")
    return missed


def _lists(console: Console) -> bool:
    """A task of lists, through the library."""
    console.print(Text("a task of lists", "bold"), "")
    for given, wanted in LISTS:
        console.print(f"  {given} -> {wanted}", markup=False)
    budget = Budget(fuel=20_000_000, seconds=60.0)
    best = solve(LISTS, domain="sequences", budget=budget, enough=1).best
    if best is None:
        console.print("no answer")
        return False
    console.print("", Text.assemble(("program  ", "dim"), (best.text, "bold")))
    for name, doc in explain(best):
        console.print(Text.assemble((f"  {name}", "cyan"), f"  {doc}"))
    console.print(f"  (10, 20, 30) -> {best.apply((10, 20, 30))}", markup=False)
    return True
