"""`nsr solve`, with a searcher that knows one step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nsr.cli import main
from nsr.submission import read_submission
from tests.fakes import Faulty, Interrupted, OneStep

FLIP = {
    "train": [
        {"input": [[1, 2], [3, 4]], "output": [[2, 1], [4, 3]]},
        {"input": [[5, 0, 0]], "output": [[0, 0, 5]]},
    ],
    "test": [{"input": [[7, 8]], "output": [[8, 7]]}, {"input": [[1], [2]]}],
}
NOTHING = {
    "train": [{"input": [[1]], "output": [[2, 2], [3, 3]]}, {"input": [[4]], "output": [[5]]}],
    "test": [{"input": [[6]]}],
}


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: OneStep)
    monkeypatch.setattr(OneStep, "problems", [])
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps({"flip": FLIP, "nothing": NOTHING}))
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def test_output_is_in_kaggles_form(tasks: Path) -> None:
    result = run("solve", tasks, "--output", "sub.json")
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "2 tasks, 1 with a program that explains every training pair; answers in sub.json\n"
    )
    raw = json.loads(Path("sub.json").read_text())
    assert list(raw) == ["flip", "nothing"]
    assert raw["flip"][0]["attempt_1"] == [[8, 7]]
    assert raw["flip"][1]["attempt_1"] == [[1], [2]]
    assert [set(e) for e in raw["flip"]] == [{"attempt_1", "attempt_2"}] * 2


def test_json_lines_are_honest_about_what_is_no_answer(tasks: Path) -> None:
    lines = [json.loads(x) for x in run("solve", tasks, "--json").stdout.splitlines()]
    flip, nothing = lines
    assert flip["task"] == "flip"
    assert flip["solved"] is True
    assert "flip_lr(x0)" in flip["programs"]
    assert flip["fallback"] == [["attempt_2"], ["attempt_2"]]
    assert flip["fuel"] > 0
    assert {"seconds", "cpu_seconds", "stopped_by"} <= flip.keys()
    assert nothing["solved"] is False
    assert nothing["programs"] == []
    assert nothing["fallback"] == [["attempt_1", "attempt_2"]]
    assert nothing["attempts"] == [{"attempt_1": [[6]], "attempt_2": [[2, 2], [3, 3]]}]


def test_the_solver_never_sees_a_test_output(tasks: Path) -> None:
    run("solve", tasks, "--output", "a.json")
    seen = list(OneStep.problems)
    assert seen
    changed = json.loads(tasks.read_text())
    changed["flip"]["test"][0]["output"] = [[9] * 9] * 9
    tasks.write_text(json.dumps(changed))
    run("solve", tasks, "--output", "b.json")
    assert Path("a.json").read_text() == Path("b.json").read_text()
    for problem in seen:
        values = [v for row in problem.inputs for v in row] + list(problem.target)
        assert [[8, 7]] not in [v.tolist() for v in values]


def test_three_attempts(tasks: Path) -> None:
    run("solve", tasks, "--output", "sub.json", "--attempts", "3")
    entries = read_submission("sub.json")
    assert all(len(grids) == 3 for entry in entries.values() for grids in entry)


def test_resume_keeps_what_is_finished(tasks: Path) -> None:
    run("solve", tasks, "--output", "sub.json")
    both = Path("sub.json").read_text()
    first = {"flip": json.loads(both)["flip"]}
    first["flip"][0]["attempt_2"] = [[3, 3, 3]]
    Path("sub.json").write_text(json.dumps(first))
    OneStep.problems.clear()
    result = run("solve", tasks, "--output", "sub.json", "--resume", "--json")
    assert [json.loads(x)["task"] for x in result.stdout.splitlines()] == ["nothing"]
    assert len(OneStep.problems) == 1
    assert json.loads(Path("sub.json").read_text())["flip"] == first["flip"]
    result = run("solve", tasks, "--output", "sub.json", "--resume")
    assert "0 tasks, 0 with a program" in result.stdout
    assert "2 kept from before" in result.stdout


def test_interruption_leaves_a_valid_file(tasks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: Interrupted)
    result = run("solve", tasks, "--output", "sub.json")
    assert result.exit_code == 130
    assert result.stderr == (
        "nsr: interrupted; 1 of 2 tasks finished, kept in sub.json; --resume goes on from there\n"
    )
    assert list(read_submission("sub.json")) == ["flip"]
    assert sorted(p.name for p in Path().iterdir()) == ["sub.json", "tasks.json"]


@pytest.mark.parametrize("fault", [ZeroDivisionError("x"), OSError("x"), ImportError("x")])
def test_a_fault_costs_its_task_and_is_not_hidden(
    tasks: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(Faulty, "fault", fault)
    name = type(fault).__name__
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: Faulty)
    result = run("solve", tasks, "--output", "sub.json", "--json")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"nsr: task 'nothing': internal error: {name}")
    assert result.stderr.count("\n") == 1
    line = json.loads(result.stdout.splitlines()[1])
    assert (line["solved"], line["stopped_by"]) == (False, "error")
    assert "fakes.py" in line["error"]
    assert list(read_submission("sub.json")) == ["flip", "nothing"]


def test_drawing_without_colour(tasks: Path) -> None:
    out = run("solve", tasks, "--fuel", "1000").stdout
    assert "flip_lr(x0)" in out
    assert "program explains every training pair" in out or "programs explain" in out
    assert "no answer" in out
    assert "87" in out
    assert "\x1b" not in out


def test_standard_input(tasks: Path) -> None:
    result = CliRunner().invoke(main, ["solve", "-", "--json"], input=tasks.read_bytes())
    assert len(result.stdout.splitlines()) == 2
    result = CliRunner().invoke(main, ["solve", "-", "--json"], input=json.dumps(FLIP))
    assert json.loads(result.stdout)["task"] == "stdin"


BAD: list[tuple[list[str], list[str]]] = [
    (["none.json"], ["none.json", "no such file"]),
    (["arc1:none"], ["arc1:none", "no task"]),
    (["empty"], ["empty", "no .json file"]),
    (["broken.json"], ["broken.json", "not JSON"]),
    (["pairs.tsv"], ["pairs.tsv: holds examples, but no ARC task: name their --domain"]),
    (["tasks.json", "--output", "-"], ["-: cannot write: expected the name of a file"]),
    (["ragged.json"], ["ragged.json", "train pair 0, output, row 1"]),
    (["tasks.json", "tasks.json"], ["task 'flip' stands twice"]),
    (["tasks.json", "--searcher", "none"], ["unknown searcher 'none'; known:"]),
    (["tasks.json", "--output", "no/dir.json"], ["no/dir.json", "cannot write"]),
    (["tasks.json", "--output", "empty"], ["empty", "cannot write"]),
    (["tasks.json", "--output", "./tasks.json"], ["tasks.json", "is one of the inputs"]),
    (["full", "--output", "full/sub.json"], ["full/sub.json", "would be an input"]),
    (["tasks.json", "--resume"], ["--resume needs --output"]),
    (["tasks.json", "--output", "broken.json", "--resume"], ["broken.json", "not JSON"]),
    (["tasks.json", "--output", "other.json", "--resume"], ["other.json", "another run"]),
    (["tasks.json", "--seconds", "0"], ["--seconds", "solve --help"]),
    (["tasks.json", "--seconds", "nan"], ["seconds"]),
    (["tasks.json", "--fuel", "-1"], ["--fuel"]),
    (["tasks.json", "--fuel", "many"], ["--fuel"]),
    (["tasks.json", "--memory", "0"], ["--memory"]),
    (["tasks.json", "--jobs", "-1"], ["--jobs"]),
    (["tasks.json", "--attempts", "0"], ["--attempts"]),
    (["tasks.json", "--nonsense"], ["--nonsense"]),
    ([], ["INPUT"]),
]


@pytest.mark.parametrize(("args", "words"), BAD)
@pytest.mark.parametrize("extra", [[], ["--output", "new.json"]])
def test_bad_input_is_one_line_and_nothing_is_written(
    tasks: Path, args: list[str], words: list[str], extra: list[str]
) -> None:
    Path("empty").mkdir()
    Path("full").mkdir()
    Path("full/one.json").write_text(json.dumps(FLIP))
    Path("broken.json").write_text("{")
    Path("pairs.tsv").write_text("[1, 2]\t[2, 1]\n")
    ragged = json.loads(json.dumps(FLIP))
    ragged["train"][0]["output"][1] = [4]
    Path("ragged.json").write_text(json.dumps(ragged))
    Path("other.json").write_text('{"other": [{"attempt_1": [[1]], "attempt_2": [[1]]}]}')
    before = snapshot()
    if "--output" in args or "--resume" in args:
        extra = []
    result = run("solve", *args, *extra)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("nsr: ")
    for word in words:
        assert word in result.stderr
    assert snapshot() == before
    assert not OneStep.problems


def snapshot() -> dict[str, Any]:
    return {str(p): p.read_text() if p.is_file() else None for p in Path().rglob("*")}


def test_hostile_names_stay_on_one_line(tasks: Path) -> None:
    Path("x.json").write_text(json.dumps({"\x1b[2J\n\ud800[bold]": {"train": 1}}))
    result = run("solve", "x.json")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr
    Path("y.json").write_text(json.dumps({"\x1b[2J\n\ud800[bold]é": FLIP}))
    for options in ([], ["--json"], ["--output", "sub.json"]):
        result = run("solve", "y.json", *options)
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.stdout
    assert list(read_submission("sub.json")) == ["\x1b[2J\n\ud800[bold]é"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs /proc")
def test_output_in_a_place_without_rights(tasks: Path) -> None:
    result = run("solve", tasks, "--output", "/proc/sub.json")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr
