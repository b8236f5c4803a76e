"""The loader: what is accepted, and one clear message for everything that is not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.data import jsonfile
from nsr.data.arc import decode_tasks, load_file, unique
from nsr.data.jsonfile import parse_json, read_json
from nsr.data.sets import load_inputs, load_set, set_names
from nsr.errors import InputError, NsrError, UnknownNameError

PAIR = {"input": [[1, 2], [3, 4]], "output": [[4]]}
TASK: dict[str, Any] = {"train": [PAIR, PAIR], "test": [{"input": [[5]]}, PAIR]}


def write(path: Path, value: Any) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def with_change(path: list[Any], value: Any) -> Any:
    """The task with one place replaced; `...` deletes it."""
    raw = json.loads(json.dumps(TASK))
    node: Any = raw
    for key in path[:-1]:
        node = node[key]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return raw


def test_single_file_takes_its_name_and_keeps_solutions_apart(tmp_path: Path) -> None:
    (task,) = load_file(write(tmp_path / "abc.json", TASK))
    assert task.id == "abc"
    assert task.train[0] == (((1, 2), (3, 4)), ((4,),))
    assert task.test == (((5,),), ((1, 2), (3, 4)))
    assert task.solutions == (None, ((4,),))


def test_what_the_solver_gets_holds_no_test_output() -> None:
    secret = {**TASK, "test": [{"input": [[5]], "output": [[9, 9, 9]]}]}
    open_ = {**TASK, "test": [{"input": [[5]]}]}
    given_, asked = (decode_tasks(t, source="s", name="n")[0].task() for t in (secret, open_))
    assert given_ == asked


def test_combined_file_keeps_order_and_ids(tmp_path: Path) -> None:
    tasks = load_file(write(tmp_path / "all.json", {"b": TASK, "a": TASK}))
    assert [t.id for t in tasks] == ["b", "a"]


def test_combined_file_may_have_a_task_called_train(tmp_path: Path) -> None:
    assert [t.id for t in load_file(write(tmp_path / "x.json", {"train": TASK}))] == ["train"]


def test_directory_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path / f"{name}.json", TASK)
    write(tmp_path / "readme.txt", "no task")
    assert [t.id for t in load_inputs([str(tmp_path)])] == ["a", "b"]


def test_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(TASK).encode())
    assert load_file(tmp_path / "a.json")[0].id == "a"


@pytest.mark.parametrize(
    ("change", "value", "words"),
    [
        (["train"], ..., ["missing key 'train'"]),
        (["test"], ..., ["missing key 'test'"]),
        (["train"], [], ["train", "at least one pair"]),
        (["test"], [], ["test", "at least one pair"]),
        (["train"], {"0": PAIR}, ["train", "expected a list of pairs, got an object"]),
        (["train", 1], [1], ["train pair 1", "got a list"]),
        (["train", 1, "input"], ..., ["train pair 1", "missing key 'input'"]),
        (["train", 1, "output"], ..., ["train pair 1", "missing key 'output'"]),
        (["test", 1, "input"], ..., ["test pair 1", "missing key 'input'"]),
        (["test", 1, "output"], None, ["test pair 1", "output", "got None"]),
        (["train", 0, "input"], [], ["train pair 0, input", "1 to 30 rows, got 0"]),
        (["train", 0, "input"], [[]], ["row 0", "1 to 30 cells, got 0"]),
        (["train", 0, "input"], [[1]] * 31, ["1 to 30 rows, got 31"]),
        (["train", 0, "input"], [[1] * 31], ["row 0", "1 to 30 cells, got 31"]),
        (["train", 0, "input", 1], [1], ["row 1", "expected 2 cells as in row 0, got 1"]),
        (["train", 0, "input", 1], "12", ["row 1", "got '12'"]),
        (["train", 0, "input", 1, 0], 10, ["row 1 column 0", "0-9, got 10"]),
        (["train", 0, "input", 1, 0], -1, ["row 1 column 0", "got -1"]),
        (["train", 0, "input", 1, 0], True, ["row 1 column 0", "got True"]),
        (["train", 0, "input", 1, 0], 1.0, ["row 1 column 0", "got 1.0"]),
        (["train", 0, "input", 1, 0], "1", ["row 1 column 0", "got '1'"]),
        (["train", 0, "input", 1, 0], None, ["row 1 column 0", "got None"]),
        (["train", 0, "input", 1, 0], 10**200, ["row 1 column 0", "a huge integer"]),
        (["train", 0, "output", 0, 0], [1], ["output, row 0 column 0", "got a list"]),
    ],
)
def test_each_fault_is_named_with_its_place(
    tmp_path: Path, change: list[Any], value: Any, words: list[str]
) -> None:
    single = write(tmp_path / "t.json", with_change(change, value))
    combined = write(tmp_path / "c.json", {"good": TASK, "bad": with_change(change, value)})
    for path, more in ((single, []), (combined, ["task 'bad'"])):
        with pytest.raises(InputError) as caught:
            load_file(path)
        for word in [path, *words, *more]:
            assert word in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty file"),
        (" \n", "empty file"),
        ("{", "not JSON"),
        ("[1]", "expected a task or an object of tasks, got a list"),
        ("3", "got 3"),
        ("null", "got None"),
        ("{}", "no tasks"),
        ('{"a": 1}', "task 'a': expected an object with 'train' and 'test', got 1"),
        ('{"a": 1, "a": 2}', "line 1 column 10: the key 'a' stands twice"),
        ('{"a": {"b:": ":"},\n "b:": 1,\n "\\u0061" : 2}', "line 3 column 2: the key 'a' stands"),
        ('{"a": NaN}', "line 1 column 7: not JSON: NaN"),
        ('{"NaN":\n\n-Infinity}', "line 3 column 1: not JSON: -Infinity"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("1" * 5000, "not usable"),
        ("\x00", "not JSON"),
    ],
)
def test_files_that_are_no_tasks(tmp_path: Path, text: str, word: str) -> None:
    path = write(tmp_path / "t.json", text)
    with pytest.raises(InputError) as caught:
        load_file(path)
    assert word in str(caught.value)
    assert str(caught.value).startswith(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="not UTF-8"):
        load_file(tmp_path / "t.json")


def test_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonfile, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        read_json(write(tmp_path / "t.json", TASK))


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "._hidden.json").write_bytes(b"\0")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "dir.json").mkdir()
    for name, word in {
        "absent.json": "no such file",
        "empty": "no .json file",
        "loop.json": "cannot read",
        "pipe.json": "not a regular file",
        "dir.json/": "no .json file",
        "x" * 300: "cannot read|no such",
        "a\0b": "no such file",
    }.items():
        with pytest.raises(InputError, match=word):
            load_inputs([str(tmp_path / name) if "\0" not in name else name])
    with pytest.raises(InputError, match="got an empty name"):
        load_inputs([""])


def test_device_that_never_ends() -> None:
    with pytest.raises(InputError, match="not a regular file"):
        load_inputs(["/dev/zero"])


def test_duplicate_ids_name_both_sources(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", TASK)
    second = write(tmp_path / "b.json", {"a": TASK})
    with pytest.raises(InputError, match="task 'a' stands twice") as caught:
        load_inputs([first, second])
    assert first in str(caught.value)
    assert second in str(caught.value)
    assert unique(load_file(first))


def test_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "mine.json", TASK)
    monkeypatch.setenv("NSR_DATA", str(tmp_path))
    assert load_inputs(["mine.json"])[0].id == "mine"


def test_named_sets() -> None:
    training = load_set("arc1:training")
    assert len(training) == 400
    assert sum(len(t.test) for t in training) == 416
    assert load_set(f"arc1:{training[7].id}")[0].train == training[7].train
    for name in ("arc9:training", "arc1"):
        with pytest.raises(NsrError):
            load_set(name)
    with pytest.raises(UnknownNameError, match=set_names()[0]):
        load_set("arc9:training")
    with pytest.raises(InputError, match="no task or part 'nothere'"):
        load_inputs(["arc1:nothere"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["train", "test", "input", "output", "a"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def _accepts_or_explains(load: Any, *args: Any, **kwargs: Any) -> None:
    message = ""
    try:
        load(*args, **kwargs)
    except InputError as error:
        message = str(error)
    assert "\n" not in message


@given(JSON)
def test_any_json_is_a_task_or_one_clear_error(raw: Any) -> None:
    _accepts_or_explains(decode_tasks, raw, source="s", name="n")


@given(st.lists(st.sampled_from(["train", 0, 1, "test", "input", "output"]), max_size=5), JSON)
def test_any_json_in_any_place_of_a_task(path: list[Any], value: Any) -> None:
    raw: Any = json.loads(json.dumps(TASK))
    node, place = raw, None
    for step in path:
        known = range(len(node)) if isinstance(node, list) else node
        if not isinstance(node, list | dict) or step not in known:
            break
        place, node = (node, step), node[step]
    if place is not None:
        place[0][place[1]] = value
    _accepts_or_explains(decode_tasks, raw, source="s", name="n")


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_one_clear_error(raw: bytes) -> None:
    _accepts_or_explains(parse_json, raw, "s")


@given(st.text(max_size=60), st.sampled_from(["{}", "[]", '"{}"', '{{"a": {}}}']))
def test_any_text_is_json_or_one_clear_error(text: str, frame: str) -> None:
    _accepts_or_explains(parse_json, frame.replace("{}", text).encode("utf-8", "replace"), "s")
