"""The benchmark of list algorithms: what a run counts, its variants, its record."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import _runs, _solving, algorithms
from benchmarks._runs import Plan
from benchmarks._variants import VARIANTS
from benchmarks.suites.algorithms import task
from nsr.budget import Spent
from nsr.choice import Disagreement
from nsr.errors import InputError, NsrError
from nsr.solver import Hypothesis, Solution
from nsr.space import load_space
from nsr.values import Undefined

ROOT = Path(__file__).parent.parent
SPACE = load_space("sequences")


def posed(task: str, **others: Any) -> dict[str, Any]:
    return {**algorithms.WARM, "family": "classic", "task": task, "examples": 40, **others}


def hypothesis(text: str, goal: str, *types: str) -> Hypothesis:
    term = SPACE.parse(text, goal=goal, inputs=types)
    return Hypothesis(term, SPACE, 1.0, 1.0, ("test",), (True,), (), types)


def planned(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> Plan:
    plans: list[Plan] = []

    def keep(plan: Plan, _options: Namespace) -> Path:
        plans.append(plan)
        return Path()

    monkeypatch.setattr(_runs, "execute", keep)
    algorithms.run(arguments)
    return plans[0]


# -- runs ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["reverse", "running_maximum"])
def test_an_easy_task(name: str) -> None:
    row = algorithms.work(posed(name, fuel=2_000_000))
    assert (row["answered"], row["right"], row["wrong"]) == (True, True, False)
    assert row["exact_2x"] == row["exact_5x"] == row["exact_10x"] == 1.0
    assert (row["python_agrees"], row["python_compared"]) == (True, _solving.DRAWN)
    assert row["solution"]["program"]
    assert 0 < row["fuel"] <= 2_000_000
    assert row["cpu_seconds"] > 0
    json.dumps(row)


def test_no_answer_says_why() -> None:
    row = algorithms.work(posed("sort", fuel=1000))
    assert (row["answered"], row["right"], row["wrong"]) == (False, False, False)
    assert row["abstained"] == row["stopped_by"] == "fuel"
    assert "solution" not in row
    late = algorithms.work(posed("sort", fuel=10_000_000, seconds=0.01))
    assert late["abstained"] == "seconds"


def test_a_disagreement_is_shown() -> None:
    found = Disagreement(((1, 2),), ("x0", "tail(x0)"), ((1, 2), Undefined("why")))
    solution = Solution(task("copy", 3), (), Spent(1, 1.0, 1.0, 1), "enough", {}, found)
    row = _solving.abstained(solution)
    assert row["abstained"] == "disagreement"
    assert row["disagreement"]["inputs"] == ((1, 2),)
    assert row["disagreement"]["answers"] == {"x0": (1, 2), "tail(x0)": "undefined: why"}
    json.dumps(row)


def test_a_wrong_program_is_wrong() -> None:
    pairs = [(((3, 1),), 1), (((1, 3),), 3), (((2,),), 2)]
    assert _solving.exact(hypothesis("last(x0)", "int", "ints"), pairs) == 1.0
    assert _solving.exact(hypothesis("head(x0)", "int", "ints"), pairs) == pytest.approx(1 / 3)


def test_a_wrong_label_is_left_out() -> None:
    row = algorithms.work(posed("reverse", examples=20, noisy=1, fuel=3_000_000))
    assert row["right"]
    assert row["solution"]["left_out"] == 1


def test_programs_of_other_tasks_can_be_called() -> None:
    limits = {name: algorithms.WARM[name] for name in algorithms.LIMITS}
    found = _solving.library_of(["copy", "reverse"], {**limits, "fuel": 1_500_000})
    assert list(found) == ["reverse"]
    line = found["reverse"]
    assert line.startswith("reverse_2(ints) -> ints = ")
    library = _solving.read_library([line], SPACE)
    assert list(library.definitions) == ["reverse_2"]
    row = algorithms.work(
        posed("running_maximum", variant="library", library=[line], fuel=1_500_000)
    )
    assert row["library"] == 1
    assert row["right"]


# -- the printed function ------------------------------------------------------------------------
def test_agreement_with_python(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _solving.random_inputs("count", 0)
    assert len(rows) == _solving.DRAWN
    assert {len(xs) for (xs,) in rows} == set(range(1, _solving.LONGEST + 1))
    assert rows == _solving.random_inputs("count", 0) != _solving.random_inputs("count", 1)
    good = hypothesis("fold(x1, x2 => add(x1, x2), 0, x0)", "int", "ints")
    assert _solving.python_check(good, rows) == {"python_agrees": True, "python_compared": 1000}
    partial = hypothesis("div(1, head(x0))", "int", "ints")
    found = _solving.python_check(partial, rows)
    assert found["python_agrees"]
    assert found["python_compared"] == sum(xs[0] != 0 for (xs,) in rows) < 1000
    for source in (
        "def f(xs):\n    return sum(xs) + (xs == [1])\n",
        "def f(xs):\n    return sum(xs[:5])\n",
        "def f(xs):\n    return xs[3]\n",
        "import numpy\ndef f(xs):\n    return sum(xs)\n",
    ):
        monkeypatch.setattr(Hypothesis, "python", lambda _self, text=source: text)
        wrong = _solving.python_check(good, [*rows, ((1,),)])
        assert wrong["python_agrees"] is False
        assert wrong["python_fault"]


def test_true_is_not_one() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Hypothesis, "python", lambda _self: "def f(xs):\n    return 1\n")
        found = _solving.python_check(hypothesis("eq(1, 1)", "bool", "ints"), [((1,),)])
    assert found["python_agrees"] is False


def test_a_function_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_solving, "PYTHON_SECONDS", 0.5)
    with pytest.raises(InputError, match="took more than"):
        _solving.run_python("def f(xs):\n    while True: pass\n", [((1,),)])


# -- variants ------------------------------------------------------------------------------------
@pytest.mark.parametrize("variant", ["no-inversion", "no-deduction"])
def test_a_part_is_switched_off(variant: str) -> None:
    code = """
import sys
from benchmarks import algorithms
run = {**algorithms.WARM, "task": "count", "examples": 40, "fuel": 2_000_000}
full = algorithms.work(run)
less = algorithms.work({**run, "variant": sys.argv[1]})
assert full["right"], full
assert (less["fuel"], less.get("solution")) != (full["fuel"], full["solution"]), less
"""
    subprocess.run([sys.executable, "-c", code, variant], check=True, cwd=ROOT)


def test_knowledge_is_an_option() -> None:
    plain, knowing = (load_space("sequences", knowledge=VARIANTS[v].knowledge)
                      for v in ("full", "numerals"))  # fmt: skip
    assert "digits" not in plain.applications
    assert "digits" in knowing.applications


# -- the command ---------------------------------------------------------------------------------
def test_every_run_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned("--examples", "100,20", "--variant", "full", "--variant", "no-inversion",
                   monkeypatch=monkeypatch)  # fmt: skip
    texts = {json.dumps(run, sort_keys=True) for run in plan.runs}
    assert len(texts) == len(plan.runs) == 15 * 2 * 2 * 5
    assert {run["seconds"] for run in plan.runs} == {60.0}
    assert len(planned("--quick", monkeypatch=monkeypatch).runs) == 3
    every = planned("--family", "development", "--family", "held_out", "--seeds", "3",
                    monkeypatch=monkeypatch)  # fmt: skip
    assert len(every.runs) == 25 + 47
    some = planned("--split", "development/dyck", "--split", "sort", monkeypatch=monkeypatch)
    assert {(run["family"], run["task"]) for run in some.runs} == {
        ("development", "dyck"),
        ("classic", "sort"),
    }


def test_a_task_never_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(algorithms, "library_of", lambda tasks, _: {t: f"{t}()" for t in tasks})
    plan = planned("--variant", "library", "--seeds", "0", monkeypatch=monkeypatch)
    assert len(plan.runs) == 15
    for run in plan.runs:
        assert len(run["library"]) == 39
        assert f"{run['task']}()" not in run["library"]
    assert len(plan.notes["library"]) == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--family", "nonsense"), "unknown family 'nonsense'"),
        (("--split", "nonsense"), "unknown algorithm 'nonsense'"),
        (("--family", "development", "--split", "sort"), "unknown task of development 'sort'"),
        (("--variant", "nonsense"), "unknown variant 'nonsense'"),
        (("--noisy", "100"), "expected more examples than wrong labels"),
        (("--noisy", "-1"), "expected more examples than wrong labels"),
        (("--fuel", "0"), "--fuel: expected more than 0"),
        (("--seconds", "nan"), "--seconds: expected more than 0"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(NsrError, match=message):
        algorithms.run(arguments)


# -- the record ----------------------------------------------------------------------------------
def a_row(task: str, seed: int, kind: str, cpu: float = 1.0) -> dict[str, Any]:
    row: dict[str, Any] = {"family": "classic", "task": task, "examples": 50, "noisy": 1}
    row |= {"variant": "full", "seed": seed, "cpu_seconds": cpu, "fuel": 10}
    row |= {"right": kind == "right", "wrong": kind == "wrong"}
    row["answered"] = row["right"] or row["wrong"]
    return row | ({"python_agrees": kind == "right"} if row["answered"] else {"abstained": kind})


def test_summary() -> None:
    rows = [
        a_row("a", 0, "right"),
        a_row("a", 1, "right", 4.0),
        a_row("b", 0, "right"),
        a_row("b", 1, "fuel", 2.0),
        a_row("c", 0, "wrong"),
        a_row("c", 1, "disagreement"),
        a_row("d", 1, "right"),
    ]
    found = algorithms.summary(rows, [0, 1])
    assert list(found["totals"]) == ["classic, 50 examples, 1 wrong, full"]
    (totals,) = found["totals"].values()
    assert (totals["tasks"], totals["runs"], totals["right_in_all_seeds"]) == (4, 7, 1)
    assert (totals["right"], totals["wrong"], totals["abstained"]) == ([2, 2], [1, 0], [0, 2])
    assert (totals["cpu_seconds"], totals["cpu_median"], totals["cpu_max"]) == (11.0, 1.0, 4.0)
    assert (totals["fuel"], totals["python_agrees"]) == (70, "4/5")
    (tasks,) = found["tasks"].values()
    assert (tasks["a"]["right"], tasks["a"]["abstained"]) == (2, 0)
    assert tasks["b"]["abstained"] == "fuel 1"
    lines = list(_runs.outline(found))
    assert sum(line.strip().startswith(("a:", "b:", "c:", "d:")) for line in lines) == 4


def test_a_record(tmp_path: Path) -> None:
    arguments = ["--split", "reverse", "--split", "copy", "--examples", "20", "--seeds", "0"]
    algorithms.run([*arguments, "--fuel", "1000000", "--results", str(tmp_path)])
    (path,) = tmp_path.iterdir()
    record = json.loads(path.read_text())
    assert record["errors"] == 0
    assert [row["task"] for row in record["runs"]] == ["reverse", "copy"]
    (totals,) = record["summary"]["totals"].values()
    assert totals["runs"] == 2
    assert record["settings"]["fuel"] == 1_000_000
