"""`nsr score`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nsr.cli import main

PAIR = {"input": [[1]], "output": [[2]]}
TASKS = {
    "one": {"train": [PAIR], "test": [PAIR]},
    "two": {"train": [PAIR], "test": [PAIR, {"input": [[1]], "output": [[3, 3]]}]},
}
SUBMISSION: dict[str, Any] = {
    "two": [
        {"attempt_1": [[9]], "attempt_2": [[2]]},
        {"attempt_1": [[3, 3, 3]], "attempt_2": [[3], [3]], "attempt_3": [[3, 3]]},
    ],
    "far": [{"attempt_1": [[1]]}],
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tasks.json").write_text(json.dumps(TASKS))
    Path("sub.json").write_text(json.dumps(SUBMISSION))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["score", *args])


def test_json_counts() -> None:
    found = json.loads(run("sub.json", "tasks.json", "--json").stdout)
    assert found == {
        "tasks": 2,
        "tasks_solved": 0,
        "inputs": 3,
        "inputs_solved": 1,
        "attempts": 2,
        "missing": 1,
        "ignored": 1,
    }
    third = json.loads(run("sub.json", "tasks.json", "--json", "--attempts", "3").stdout)
    assert (third["tasks_solved"], third["inputs_solved"], third["attempts"]) == (1, 2, 3)


def test_text_says_what_was_not_counted() -> None:
    out = run("sub.json", "tasks.json").stdout
    assert "tasks   0 of 2 solved (0.0%)" in out
    assert "inputs  1 of 3 solved (33.3%)" in out
    assert "counted as wrong: 1 tasks" in out
    assert "ignored: 1 tasks" in out


def test_named_set_and_several_inputs() -> None:
    Path("empty.json").write_text("{}")
    found = json.loads(run("empty.json", "arc1:training", "tasks.json", "--json").stdout)
    assert (found["tasks"], found["tasks_solved"], found["inputs"]) == (402, 0, 419)


def test_solutions_in_a_file_of_their_own() -> None:
    asked = json.loads(json.dumps(TASKS))
    for task in asked.values():
        for pair in task["test"]:
            del pair["output"]
    Path("asked.json").write_text(json.dumps(asked))
    outputs: dict[str, Any] = {"one": [[[2]]], "two": [[[2]], [[3, 3]]]}
    Path("outputs.json").write_text(json.dumps(outputs))
    options = ["--solutions", "outputs.json", "--json"]
    assert (
        run("sub.json", "asked.json", *options).stdout
        == run("sub.json", "tasks.json", "--json").stdout
    )
    for fault, word in (
        ([], "expected an object of outputs"),
        ({"one": [[[2]]]}, "task 'two': expected a list of 2 outputs, got None"),
        ({**outputs, "one": []}, "task 'one': expected a list of 1 outputs, got 0"),
        ({**outputs, "one": [[[2], [11]]]}, "task 'one', output 0, row 1 column 0"),
    ):
        Path("outputs.json").write_text(json.dumps(fault))
        result = run("sub.json", "asked.json", *options)
        assert result.exit_code == 2
        assert word in result.stderr


@pytest.mark.parametrize(
    ("submission", "tasks", "words"),
    [
        ("none.json", "tasks.json", ["none.json", "cannot read"]),
        ("sub.json", "none.json", ["none.json", "no such file"]),
        ("tasks.json", "tasks.json", ["tasks.json: task 'one'", "a list of attempts"]),
        ("sub.json", "open.json", ["open.json: task 'o', test pair 0", "no output"]),
        ("long.json", "tasks.json", ["long.json: task 'one'", "expected 1 test inputs, got 2"]),
    ],
)
def test_bad_input_is_one_line(submission: str, tasks: str, words: list[str]) -> None:
    unanswered = {"o": {"train": [PAIR], "test": [{"input": [[1]]}]}}
    Path("open.json").write_text(json.dumps(unanswered))
    Path("long.json").write_text('{"one": [{"attempt_1": [[1]]}, {"attempt_1": [[1]]}]}')
    result = run(submission, tasks)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr
