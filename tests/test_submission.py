"""Submission files: whole at every moment, resumable, scored without mercy."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsr.data.arc import ArcTask, decode_tasks
from nsr.errors import InputError
from nsr.submission import SubmissionFile, entry, finished, read_submission, score

A: Any = ((1,),)
B: Any = ((2, 2),)
C: Any = ((3,), (3,))


def tasks(**tests: list[Any]) -> list[ArcTask]:
    """Tasks by name, each with these test outputs (`None`: kept back)."""
    raw = {
        name: {
            "train": [{"input": A, "output": B}],
            "test": [{"input": A} if y is None else {"input": A, "output": y} for y in outputs],
        }
        for name, outputs in tests.items()
    }
    return decode_tasks(raw, source="tasks.json", name="tasks")


def test_file_grows_in_the_order_of_the_tasks(tmp_path: Path) -> None:
    path = tmp_path / "sub.json"
    file = SubmissionFile(path, ["x", "y"], {})
    assert not path.exists()
    file.add("y", entry([[A, B]]))
    assert read_submission(path) == {"y": [{"attempt_1": A, "attempt_2": B}]}
    file.add("x", entry([[C, A]]))
    assert list(json.loads(path.read_text())) == ["x", "y"]
    assert os.listdir(tmp_path) == ["sub.json"]


def test_file_mode_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("{}")
    os.chmod(tmp_path / "real.json", 0o640)
    (tmp_path / "link.json").symlink_to("real.json")
    SubmissionFile(tmp_path / "link.json", ["x"], {}).add("x", entry([[A]]))
    assert (tmp_path / "link.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.json").stat().st_mode) == 0o640
    SubmissionFile(tmp_path / "new.json", ["x"], {}).add("x", entry([[A]]))
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o666 & ~mask


def test_a_failed_write_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sub.json"
    file = SubmissionFile(path, ["x", "y"], {})
    file.add("x", entry([[A]]))
    before = path.read_text()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        file.add("y", entry([[A]]))
    assert path.read_text() == before
    assert os.listdir(tmp_path) == ["sub.json"]


@pytest.mark.parametrize("name", ["no/such/folder.json", ".", "/dev/null", "/proc/x.json"])
def test_places_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot write"):
        SubmissionFile(tmp_path / name, [], {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", ["expected an object of tasks, got a list"]),
        ("{", ["not JSON"]),
        ('{"a": {}}', ["task 'a'", "expected a list of attempts, got an object"]),
        ('{"a": []}', ["task 'a'", "an empty list"]),
        ('{"a": [[]]}', ["task 'a', test input 0", "got a list"]),
        ('{"a": [{}]}', ["task 'a', test input 0", "an empty object"]),
        ('{"a": [{"attempt": [[1]]}]}', ["test input 0", "got 'attempt'"]),
        ('{"a": [{"attempt_0": [[1]]}]}', ["test input 0", "got 'attempt_0'"]),
        ('{"a": [{"attempt_1": [[1], []]}]}', ["attempt_1, row 1", "got 0"]),
        ('{"a": [{"attempt_1": [[1], [true]]}]}', ["attempt_1, row 1 column 0", "got True"]),
        ('{"a": [{"attempt_1": null}]}', ["attempt_1", "expected a grid"]),
    ],
)
def test_files_that_are_no_submission(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "sub.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_submission(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "attempt_1", "attempt_2"]), x, max_size=3)
        ),
        max_leaves=15,
    )
)
def test_any_json_is_a_submission_or_one_clear_error(tmp_path: Path, raw: Any) -> None:
    path = tmp_path / "sub.json"
    path.write_text(json.dumps(raw))
    message = ""
    try:
        score(read_submission(path), tasks(a=[A, B]))
    except InputError as error:
        message = str(error)
    assert "\n" not in message


def test_finished_entries_are_kept_and_foreign_files_refused(tmp_path: Path) -> None:
    path = tmp_path / "sub.json"
    assert finished(path, tasks(x=[A]), 2) == {}
    SubmissionFile(path, ["x"], {}).add("x", entry([[A, B]]))
    assert finished(path, tasks(x=[A], y=[B]), 2) == {"x": entry([[A, B]])}
    for other, attempts, word in (
        (tasks(y=[A]), 2, "'x' is not among"),
        (tasks(x=[A, B]), 2, "has 2 test inputs, not 1"),
        (tasks(x=[A]), 3, "does not have 3 attempts"),
    ):
        with pytest.raises(InputError, match=f"another run.*{word}"):
            finished(path, other, attempts)
    path.write_text(path.read_text()[:-4])
    with pytest.raises(InputError, match="not JSON"):
        finished(path, tasks(x=[A]), 2)


def test_score_counts_tasks_and_inputs() -> None:
    found = score(
        {
            "both": entry([[A, B], [C, C]]),
            "half": entry([[A, B], [A, B]]),
            "short": entry([[A, B]]),
            "third": entry([[B, B, A]]),
            "extra": entry([[A, A]]),
        },
        tasks(both=[B, C], half=[A, C], short=[A, C], third=[A], absent=[A]),
    )
    assert (found.tasks, found.tasks_solved) == (5, 1)
    assert (found.inputs, found.inputs_solved) == (8, 4)
    assert found.solved["half"] == (True, False)
    assert found.missing == ("absent",)
    assert found.ignored == ("extra",)
    assert found.attempts == 2


def test_more_attempts_count_only_when_asked_for() -> None:
    third = {"t": entry([[B, B, A]])}
    assert score(third, tasks(t=[A])).tasks_solved == 0
    assert score(third, tasks(t=[A]), attempts=3).tasks_solved == 1


def test_a_grid_is_right_only_in_every_cell_and_side() -> None:
    wrong = [((1, 1),), ((1,), (1,)), ((2,),)]
    assert score({"t": entry([wrong])}, tasks(t=[A]), attempts=3).inputs_solved == 0


def test_score_refuses_what_it_cannot_judge() -> None:
    with pytest.raises(InputError, match=r"tasks.json: task 't', test pair 1: no output"):
        score({}, tasks(t=[A, None]))
    with pytest.raises(InputError, match=r"s.json: task 't': expected 1 test inputs, got 2"):
        score({"t": entry([[A], [A]])}, tasks(t=[A]), source="s.json")
