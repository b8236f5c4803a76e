"""The ARC benchmarks count what they say they count."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import arc, records, usage
from benchmarks.__main__ import main, modules
from nsr.batch import Report
from nsr.data.arc import ArcTask, decode_tasks
from nsr.errors import InputError

A, B = [[1]], [[2]]


def a_task(name: str, *outputs: Any) -> ArcTask:
    tests = [{"input": [[0]], "output": y} for y in outputs]
    raw = {"train": [{"input": A, "output": B}], "test": tests}
    return decode_tasks({name: raw}, source="s", name="n")[0]


def a_row(name: str, *outputs: Any, answers: Any, program: str = "", **options: Any) -> Any:
    programs = (program,) if program else ()
    report = Report(name, bool(program), programs, answers=answers, **options)
    return arc.row(a_task(name, *outputs), report)


ROWS = [
    a_row("right", A, answers=((A, B),), program="f(x0)", cpu_seconds=1.0, peak_rss=3 << 20),
    a_row("second", A, answers=((B, A),), program="g(f(x0), f(x0))", cpu_seconds=2.0),
    a_row("half", A, B, answers=((A,), (A,)), program="f(x0)", cpu_seconds=6.0, seconds=12.0),
    a_row("none", A, answers=((),), cpu_seconds=3.0, stopped_by="crash"),
    a_row("fault", A, answers=((),), stopped_by="error", error="E: e"),
]


def test_rows_tell_first_attempt_from_second() -> None:
    assert [r["right_1"] for r in ROWS] == [[1], [0], [1, 0], [0], [0]]
    assert [r["right_2"] for r in ROWS] == [[1], [1], [1, 0], [0], [0]]


def test_summary() -> None:
    found = arc.summary(ROWS, 10.0)
    assert found["tasks"] == 5
    assert found["tasks_solved"] == 2
    assert found["tasks_solved_first_attempt"] == 1
    assert (found["inputs"], found["inputs_solved"]) == (6, 3)
    assert found["tasks_explained"] == 3
    assert found["precision_two_attempts"] == 0.667
    assert found["precision_first_attempt"] == 0.333
    assert (found["cpu_seconds_median"], found["cpu_seconds_max"]) == (2.0, 6.0)
    assert found["peak_rss_mb"] == 3
    assert found["over_time"] == ["half"]
    assert found["crashed"] == ["none"]
    assert found["errors"] == {"fault": "E: e"}


def test_usage_counts_tasks_with_a_right_program() -> None:
    rows = [
        {"program": "crop(flip_lr(flip_lr(x0)))", "right_1": [1]},
        {"program": "crop(x0)", "right_1": [1, 1]},
        {"program": "transpose(x0)", "right_1": [1, 0]},
        {"program": None, "right_1": [0]},
    ]
    table = usage.usage(rows)
    assert list(table)[:2] == ["crop", "flip_lr"]
    assert (table["crop"], table["flip_lr"], table["transpose"]) == (2, 1, 0)


def test_sample_is_spread() -> None:
    tasks = [a_task(str(i), A) for i in range(10)]
    assert [t.id for t in arc.chosen(tasks, 4)] == ["0", "2", "5", "7"]
    assert arc.chosen(tasks, 20) == tasks


def test_record_is_json_with_a_line_per_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    path = records.save("arc", {"summary": {"tasks": 5}, "tasks": ROWS})
    text = path.read_text()
    raw = json.loads(text)
    assert raw["benchmark"] == "arc"
    assert raw["tasks"] == ROWS
    assert raw["versions"]["nsr"]
    assert len([line for line in text.splitlines() if '"task":' in line]) == len(ROWS)


def test_every_benchmark_keeps_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"arc", "usage"} <= modules().keys()
    for module in modules().values():
        assert callable(module.run)
        assert module.DESCRIPTION
    assert main(["list"]) == 0
    assert "usage" in capsys.readouterr().out
    for arguments, said in (
        (["run", "nonsense"], "benchmarks: unknown benchmark 'nonsense'; known: "),
        (["nonsense"], "benchmarks: unknown command 'nonsense'; known: "),
    ):
        assert main(arguments) == 2
        assert capsys.readouterr().err.startswith(said)
    assert main(["--help"]) == 0


def test_an_interrupted_benchmark_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(modules()["usage"], "run", interrupted)
    assert main(["run", "usage"]) == 130
    assert capsys.readouterr().err == "benchmarks: interrupted\n"


def test_a_folder_of_data_that_is_none_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NSR_DATA", str(tmp_path / "none"))
    asked = ["run", "pcfg", "--method", "identity", "--results", str(tmp_path)]
    assert main(asked) == 2
    assert "NSR_DATA: expected a directory of data, got" in capsys.readouterr().err


def test_a_log_of_the_command_is_counted_like_a_run(tmp_path: Path) -> None:
    sets = ["arc1:00d62c1b", "arc1:be94b721"]
    command = [sys.executable, "-m", "nsr.cli", "solve", *sets, "--fuel", "60000", "--json"]
    log = tmp_path / "log.jsonl"
    log.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    options = ["--set", sets[0], "--set", sets[1], "--fuel", "60000", "--seconds", "0"]
    parser = argparse.ArgumentParser()
    arc.add_options(parser)
    ran = arc.measure(parser.parse_args(options))
    read = arc.measure(parser.parse_args([*options, "--log", str(log)]))
    for key in ("tasks_solved", "inputs_solved", "tasks_explained", "precision_two_attempts"):
        assert read["summary"][key] == ran["summary"][key]
    assert [r["right_2"] for r in read["tasks"]] == [r["right_2"] for r in ran["tasks"]]


def test_a_broken_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"task": "00d62c1b"}\n', encoding="utf-8")
    tasks = arc.load_inputs(["arc1:00d62c1b"])
    with pytest.raises(InputError, match="line 1"):
        list(arc.logged(tasks, log))
    with pytest.raises(InputError, match=r"none\.jsonl: cannot read: No such file"):
        list(arc.logged(tasks, tmp_path / "none.jsonl"))
