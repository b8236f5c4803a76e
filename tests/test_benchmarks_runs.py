"""Many runs make one record, and none of them is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

import pytest

import nsr
from benchmarks import (
    _learning,
    _runs,
    machine_ablations,
    machine_fewshot,
    machine_hint,
    machine_images,
    machine_pcfg,
    machine_scan,
)
from benchmarks._runs import Plan, execute
from benchmarks.suites import Data
from nsr.errors import InputError, NsrError, UnknownNameError

ROOT = Path(__file__).parent.parent
ALL = (machine_scan, machine_pcfg, machine_hint, machine_fewshot, machine_images, machine_ablations)


# -- the runs of these tests: this module is imported by their child processes --------------------
def work(run: dict[str, Any]) -> dict[str, Any]:
    if run.get("flag") and not Path(run["flag"]).exists():
        raise NsrError("no flag")
    time.sleep(run.get("sleep", 0))
    if "die" in run:
        sys.exit(run["die"])
    return {"square": run["k"] ** 2}


def a_plan(*runs: dict[str, Any], **options: Any) -> Plan:
    def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"sum": sum(row["square"] for row in rows)}

    return Plan("squares", __name__, runs, settings={"a": 1}, summary=summary, **options)


def options(folder: Path, **others: Any) -> Namespace:
    plain = {"results": folder, "resume": False, "jobs": 1, "quick": False, "seconds": None}
    return Namespace(**{**plain, **others})


def test_rows_stand_in_the_order_of_the_runs(tmp_path: Path) -> None:
    plan = a_plan({"k": 3, "sleep": 0.5}, {"k": 2}, notes={"given": ("a", "b")})
    path = execute(plan, options(tmp_path, jobs=2))
    record = json.loads(path.read_text())
    assert [row["square"] for row in record["runs"]] == [9, 4]
    assert record["runs"][1]["k"] == 2
    assert record["runs"][0]["peak_mb"] > 0
    assert record["summary"] == {"sum": 13}
    assert record["given"] == ["a", "b"]
    assert record["settings"] == {"a": 1, "seconds": None, "jobs": 2}
    assert record["benchmark"] == "squares"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_failed_run_costs_its_row_only(tmp_path: Path) -> None:
    plan = a_plan({"k": 1, "flag": str(tmp_path / "flag")}, {"k": 2}, {"k": 3, "die": 7})
    record = json.loads(execute(plan, options(tmp_path)).read_text())
    assert [row.get("error", "") for row in record["runs"]] == [
        "exit code 1: NsrError: no flag",
        "",
        "exit code 7: no row",
    ]
    assert record["errors"] == 2
    assert record["summary"] == {"sum": 4}


def test_without_a_sound_run_there_is_no_record(tmp_path: Path) -> None:
    flag = str(tmp_path / "flag")
    plan = a_plan({"k": 1, "flag": flag}, {"k": 2, "flag": flag})
    with pytest.raises(InputError, match=r"^all 2 runs failed: exit code 1: NsrError: no flag$"):
        execute(plan, options(tmp_path))
    assert not list(tmp_path.iterdir())


def test_resume_does_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan({"k": 1}, {"k": 2}, {"k": 3})
    done: list[int] = []
    child = _runs._child

    def counted(module: str, run: dict[str, Any], *rest: Any) -> Any:
        if run["k"] == 3 and not done.count(3):
            done.append(3)
            raise KeyboardInterrupt
        done.append(run["k"])
        return child(module, run, *rest)

    monkeypatch.setattr(_runs, "_child", counted)
    with pytest.raises(SystemExit) as stop:
        execute(plan, options(tmp_path))
    assert stop.value.code == _runs.INTERRUPTED
    (partial,) = tmp_path.iterdir()
    assert partial.name.startswith(".squares-")
    with partial.open("a") as file:
        file.write('{"run": 2, "ro')
    record = json.loads(execute(plan, options(tmp_path, resume=True)).read_text())
    assert [row["square"] for row in record["runs"]] == [1, 4, 9]
    assert done == [1, 2, 3, 3]
    assert not partial.exists()


def test_other_options_begin_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(a_plan({"k": 1}), options(tmp_path, resume=True, quick=True))
    assert "nothing to resume" in capsys.readouterr().err
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("squares-quick-")


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.test_benchmarks_runs import *; "
        "execute(a_plan({'k': 1}, {'k': 2, 'sleep': 60}), options(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    # A test run in the background may have been told to ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("1/2"):
            break
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=30)[1]
    assert process.returncode == _runs.INTERRUPTED
    assert "--resume" in rest
    (partial,) = tmp_path.iterdir()
    assert json.loads(partial.read_text())["row"]["square"] == 1


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to threads")
def test_a_signal_that_does_not_wake_the_main_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bool] = []

    def child(module: str, run: dict[str, Any], children: Any, stop: threading.Event) -> Any:
        time.sleep(0.2)  # until the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        heard.append(stop.wait(30))
        return run

    monkeypatch.setattr(_runs, "_child", child)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as ended:
            execute(a_plan({"k": 1}), options(tmp_path))
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == _runs.INTERRUPTED
    assert heard == [True]


@pytest.mark.parametrize("text", ["", "a", "1,,2", "-1"])
def test_bad_numbers(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="expected numbers"):
        _runs.numbers(text)


@pytest.mark.parametrize("text", ["", "a", "1.0", "-0.1", "0,2"])
def test_bad_shares(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="expected shares"):
        machine_hint.shares(text)


# -- what the machine's benchmarks count ----------------------------------------------------------
PAIRS = [
    (("two", "up"), ("up", "up")),
    (("up",), ("up",)),
    (("down",), ("down",)),
    (("two", "down"), ("down", "down")),
]
NEW = [(("two", "two", "up"), ("up",) * 4), (("two", "two"), ()), (("up",), ("down",))]


@pytest.fixture(scope="module")
def learnt() -> tuple[nsr.Machine, dict[str, Any]]:
    return _learning.fit(Data(PAIRS * 2, {"test": NEW}), domain="sequences", seed=0)


def test_row_of_a_fit(learnt: tuple[nsr.Machine, dict[str, Any]]) -> None:
    machine, row = learnt
    assert (row["train_lines"], row["train"], row["entries"]) == (8, 4, 1)
    assert row["train_exact"] == row["claimed_exact"] == 1.0
    assert row["cpu_seconds"] > 0
    assert _learning.lexicon(machine) == {"two _": "concat(x0, x0)"}


def test_row_of_a_test(learnt: tuple[nsr.Machine, dict[str, Any]]) -> None:
    row = _learning.examine(learnt[0], {"test": NEW})
    assert (row["n"], row["exact"], row["unanswered"]) == (3, 0.333333, 1)
    assert row["wrong"][0][:2] == ["two two", ""]
    assert row["wrong"][0][2].startswith("no answer")
    assert row["wrong"][1] == ["up", "down", "up"]
    assert "tests" not in row
    both = _learning.examine(learnt[0], {"old": PAIRS, "new": NEW})
    assert both["tests"]["old"] == {"n": 4, "right": 4, "exact": 1.0}
    assert (both["n"], both["exact"]) == (7, 0.714286)


def test_nearly_all_is_not_all() -> None:
    assert _learning.share(10**7 - 1, 10**7) < 1.0
    assert _learning.share(1, 10**8) > 0.0
    assert _learning.share(5, 5) == 1.0
    assert _learning.share(0, 0) == 0.0


def a_row(split: str, train: float, exact: float, cpu: float = 1.0) -> dict[str, Any]:
    return {"split": split, "seed": 0, "train_exact": train, "exact": exact, "cpu_seconds": cpu}


def test_figures_and_knowing() -> None:
    rows = [a_row("b", 1.0, 1.0), a_row("a", 1.0, 0.5, 3.0), a_row("b", 0.4, 0.2)]
    found = _learning.grouped(rows, "split")
    assert list(found) == ["b", "a"]
    assert found["b"]["perfect"] == 1
    assert found["b"]["exact_mean"] == 0.6
    assert found["b"]["exact_min"] == 0.2
    assert found["a"]["cpu_seconds_max"] == 3.0
    told = _learning.knows(rows)
    assert (told["runs"], told["equal"], told["told"]) == (3, 1, 2)
    assert [row["split"] for row in told["not_equal"]] == ["a", "b"]
    assert told["not_told"] == [{"split": "a", "seed": 0, "train_exact": 1.0, "exact": 0.5}]


def test_steps_use_the_machines_own_outputs(learnt: tuple[nsr.Machine, dict[str, Any]]) -> None:
    machine = learnt[0]
    steps = (("up",), ("two", "*1"))
    assert machine_pcfg.stepwise(machine, steps) == ("up", "up")
    right = machine_pcfg.Sample(("two", "up"), ("up", "up"), steps)
    wrong = machine_pcfg.Sample(("two", "up"), ("up",), steps)
    other = machine_pcfg.Sample(("down",), ("up", "up"), steps)
    stuck = machine_pcfg.Sample(("who",), (), (("who",), ("two", "*1")))
    found = machine_pcfg.unrolled(machine, [right, wrong, other, stuck])
    assert found == {"n": 4, "exact": 0.5, "consistent": 0.5}


def test_twins_are_compared_with_each_other(learnt: tuple[nsr.Machine, dict[str, Any]]) -> None:
    sources = [PAIRS[0], PAIRS[0], (("who",), ())]
    twins = [PAIRS[0], PAIRS[3], (("who",), ())]
    assert machine_pcfg.consistent(learnt[0], sources, twins) == {"n": 3, "exact": 0.333333}


# -- their runs -----------------------------------------------------------------------------------
def planned(module: Any, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Plan:
    plans: list[Plan] = []

    def keep(plan: Plan, options: Namespace) -> Path:
        plans.append(plan)
        return Path()

    monkeypatch.setattr(_runs, "execute", keep)
    module.run(arguments)
    return plans[0]


@pytest.mark.parametrize("module", ALL)
def test_every_run_is_plain_and_asked_for_once(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(module, monkeypatch=monkeypatch)
    texts = [json.dumps(run, sort_keys=True) for run in plan.runs]
    assert len(set(texts)) == len(texts) > 2
    quick = planned(module, "--quick", monkeypatch=monkeypatch)
    assert 0 < len(quick.runs) < len(plan.runs)
    assert plan.module == module.__name__
    assert callable(module.work)


def test_runs_of_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(machine_scan, monkeypatch=monkeypatch)
    assert len(plan.runs) == 4 * 5 + 7 * 5 + 7 * 20
    some = planned(machine_scan, "--split", "length", "--seeds", "3,4", monkeypatch=monkeypatch)
    assert [(r["split"], r["seed"]) for r in some.runs] == [("length", 3), ("length", 4)]


def test_a_part_that_is_not_there_is_no_ablation() -> None:
    gone = machine_ablations.Ablation("x", patches=(("nsr.machine", "no_such_name", None),))
    with pytest.raises(InputError, match=r"nsr\.machine has no no_such_name"):
        gone.apply()
    with pytest.raises(UnknownNameError, match="nonsense"):
        machine_ablations.plan(Namespace(part=["nonsense"]))


@pytest.mark.parametrize("part", machine_ablations.ABLATIONS)
def test_every_part_can_be_switched_off(part: str) -> None:
    code = f"from benchmarks.machine_ablations import *; ABLATIONS[{part!r}].apply()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_quick_scan_from_its_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)
    arguments = ["--split", "random-40", "--seeds", "0", "--results", str(tmp_path)]
    machine_scan.run(arguments)
    (path,) = tmp_path.iterdir()
    (row,) = json.loads(path.read_text())["runs"]
    assert (row["train"], row["n"], row["origin"]) == (40, 20_870, "random")
    assert row["equal"] is (row["train_exact"] == row["exact"])
