"""`nsr solve --domain`: files of examples, with scripted searchers where the answer matters not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from nsr.cli import main
from nsr.data.examples import parse_examples, read_examples
from nsr.domains.integers import MAX_ABS
from nsr.domains.sequences import SEQUENCES
from nsr.errors import DeclinedError, InputError, LimitReached
from nsr.executor import Executor
from nsr.search import Candidate, Problem

REVERSE = "[3, 1, 2]\t[2, 1, 3]\n[5, 4]\t[4, 5]\n[]\t[]\n\n[7, 8, 9]\t?\n[1, 1, 6]\t\n"
DOCUMENT = {
    "examples": [
        {"inputs": [[3, 1, 2]], "output": [2, 1, 3]},
        {"inputs": [[5, 4]], "output": [4, 5]},
        {"inputs": [[]], "output": []},
    ],
    "queries": [[[7, 8, 9]], [[1, 1, 6]]],
}


def scripted(*texts: str, end: Exception | None = None) -> type:
    """A searcher that yields these programs if they solve the problem."""

    class Scripted:
        name = "scripted"
        exhaustive = False

        def search(self, problem: Problem, **_: Any) -> Iterator[Candidate | None]:
            for text in texts:
                term = problem.space.parse(text, goal=problem.goal, inputs=problem.input_types)
                outputs = Executor(problem.domain).run(term, problem.inputs)
                if problem.solved_by(outputs):
                    yield Candidate(term, problem.space.cost(term), outputs, self.name)
            if end is not None:
                raise end

    return Scripted


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("reverse.tsv").write_text(REVERSE)
    Path("reverse.json").write_text(json.dumps(DOCUMENT))
    use(monkeypatch, "reverse(x0)", "concat(reverse(x0), [])")
    return tmp_path


def use(monkeypatch: pytest.MonkeyPatch, *texts: str, end: Exception | None = None) -> None:
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: scripted(*texts, end=end))


def run(*args: object, input: str | None = None) -> Result:
    options = [] if "--domain" in args else ["--domain", "sequences"]
    return CliRunner().invoke(main, ["solve", *map(str, args), *options], input=input)


# -- output ----------------------------------------------------------------------------------
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("path", ["reverse.tsv", "reverse.json"])
def test_program_bits_and_answers(path: str) -> None:
    result = run(path)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "program  reverse(x0)"
    assert lines[1].startswith("bits     ")
    assert lines[2:] == [
        "answer   [7, 8, 9] -> [9, 8, 7]",
        "answer   [1, 1, 6] -> [6, 1, 1]",
    ]


@pytest.mark.usefixtures("place")
def test_the_function_alone_is_printed() -> None:
    result = run("reverse.tsv", "--python")
    assert result.stdout == "def f(xs: list[int]) -> list[int]:\n    return xs[::-1]\n"


@pytest.mark.usefixtures("place")
def test_a_line_for_machines() -> None:
    line = json.loads(run("reverse.tsv", "--json").stdout)
    assert line["solved"] is True
    assert line["program"] == "reverse(x0)"
    assert line["python"].endswith("return xs[::-1]\n")
    assert line["answers"] == [[9, 8, 7], [6, 1, 1]]
    assert line["disagreement"] is line["reason"] is None
    assert line["left_out"] == []
    assert line["fuel"] >= 0
    assert line["source"] == "reverse.tsv"


@pytest.mark.usefixtures("place")
def test_standard_input_of_both_forms() -> None:
    for text in (REVERSE, json.dumps(DOCUMENT), json.dumps([[[1, 2], [2, 1]], [[], []]])):
        assert run("-", input=text).stdout.startswith("program  reverse(x0)\n")


def test_several_inputs_and_other_domains(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "add(x0, mul(x1, x1))")
    Path("x.tsv").write_text("1\t2\t5\n0\t3\t9\n4\t-1\t5\n5\t5\t?\n")
    result = run("x.tsv", "--domain", "integers")
    assert result.stdout.splitlines()[-1] == "answer   5, 5 -> 30"


def test_a_program_without_value_on_a_query(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "div(12, x0)")
    Path("x.tsv").write_text("1\t12\n2\t6\n5\t2\n0\t?\n")
    result = run("x.tsv", "--domain", "integers")
    assert result.stdout.splitlines()[-1] == "answer   0 -> no answer (division by zero)"
    assert json.loads(run("x.tsv", "--domain", "integers", "--json").stdout)["answers"] == [None]


def test_knowledge_is_an_option(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "digits(add(value(x0), value(x1)))")
    Path("x.tsv").write_text("[9, 5]\t[7]\t[1, 0, 2]\n[1]\t[2]\t[3]\n[9, 9]\t[1]\t?\n")
    result = run("x.tsv", "--knowledge", "numerals")
    assert result.stdout.splitlines()[-1] == "answer   [9, 9], [1] -> [1, 0, 0]"
    assert run("x.tsv").exit_code != 0


def test_a_real_search_finds_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.tsv").write_text(
        "[3, 1]\t2\t[5, 3]\n[7]\t10\t[17]\n[7, 2, 0]\t1\t[8, 3, 1]\n[9, 8]\t4\t?\n"
    )
    line = json.loads(run("x.tsv", "--json", "--fuel", 3_000_000).stdout)
    assert line["answers"] == [[13, 12]]
    scope: dict[str, Any] = {}
    exec(compile(line["python"], "printed", "exec"), scope)
    assert scope["f"]([9, 8], 4) == [13, 12]


# -- no answer -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("end", "words"),
    [
        (LimitReached("fuel"), "limit of fuel"),
        (LimitReached("seconds"), "limit of seconds"),
        (DeclinedError("no grids here"), "declined: no grids here"),
        (None, "came to an end"),
    ],
)
def test_no_answer_says_why(
    place: Path, monkeypatch: pytest.MonkeyPatch, end: Exception | None, words: str
) -> None:
    use(monkeypatch, "x0", end=end)
    result = run("reverse.tsv")
    assert result.exit_code == 0
    assert result.stdout.startswith("no answer: ")
    assert words in result.stdout
    line = json.loads(run("reverse.tsv", "--json").stdout)
    assert line["solved"] is False
    assert line["program"] is line["python"] is line["cost"] is None
    assert line["answers"] == []
    assert line["fuel"] == 0
    assert words in line["reason"]
    result = run("reverse.tsv", "--python")
    assert result.stdout == ""
    assert words in result.stderr


def test_a_fault_is_one_line_and_exit_code_1(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, end=ZeroDivisionError("odd"))
    result = run("reverse.tsv")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "nsr: reverse.tsv: internal error: ZeroDivisionError: odd\n"


def test_programs_that_disagree_are_no_answer(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "head(x0)", "last(x0)")
    Path("x.tsv").write_text("[3, 1, 3]\t3\n[5]\t5\n[4, 4]\t4\n[1, 2]\t?\n")
    result = run("x.tsv")
    assert result.exit_code == 0
    assert result.stdout.startswith("no answer: these programs disagree on [")
    assert "head(x0) gives" in result.stdout
    assert "last(x0) gives" in result.stdout
    assert "Add its right output as an example" in result.stdout
    found = json.loads(run("x.tsv", "--json").stdout)
    assert found["solved"] is False
    assert sorted(found["disagreement"]["programs"]) == ["head(x0)", "last(x0)"]
    (items,) = found["disagreement"]["inputs"]
    ends = {"head(x0)": items[0] if items else 0, "last(x0)": items[-1] if items else 0}
    assert found["disagreement"]["answers"] == [
        ends[text] for text in found["disagreement"]["programs"]
    ]


def test_wrong_outputs_are_named(place: Path) -> None:
    many = "".join(f"[{n}, {n + 1}]\t[{n + 1}, {n}]\n" for n in range(20))
    Path("x.tsv").write_text("[3, 1]\t[9]\n" + many)
    assert run("x.tsv").stdout.startswith("no answer")
    lines = run("x.tsv", "--wrong", "1").stdout.splitlines()
    assert lines[0] == "program  reverse(x0)"
    assert lines[2:] == ["wrong    line 1: [3, 1] -> [9], the program gives [1, 3]"]
    assert json.loads(run("x.tsv", "--wrong", "1", "--json").stdout)["left_out"] == ["line 1"]


def test_a_contradiction_may_be_a_wrong_output(place: Path) -> None:
    many = "".join(f"[{n}, {n + 1}]\t[{n + 1}, {n}]\n" for n in range(20))
    Path("x.tsv").write_text(many + "[0, 1]\t[5]\n")
    assert "same inputs as in line 1" in run("x.tsv").stderr
    assert "wrong    line 21: " in run("x.tsv", "--wrong", "1").stdout


# -- bad input -------------------------------------------------------------------------------
BAD: list[tuple[str, list[str]]] = [
    ("", ["at least one example", "none"]),
    ("[1]\t?\n", ["at least one example", "none"]),
    ("5\n", ["line 1", "tabs", "one column"]),
    ("[1]\t[2]\n[1]\n", ["line 2", "tabs", "one column"]),
    ("[1]\t[2]\n\n[1]\t2\t[3]\n", ["line 3", "expected 1 input as in line 1, got 2"]),
    ("[1]\t[2]\n[1,\t[3]\n", ["line 2, column 1", "expected JSON", "[1,"]),
    ("[1]\t[2]\nabc\t[3]\n", ["line 2, column 1", "expected JSON", "abc"]),
    ("[1]\t[2]\n[1]\tNaN\n", ["line 2, column 2", "expected JSON", "NaN"]),
    ("[1]\t\t[2]\n", ["line 1, column 2", "nothing"]),
    ("[1]\t[2]\n[4]\t[3]\n5\t[3]\n", ["line 3, input 1", "expected a list of integers, got 5"]),
    ("[1]\t[2]\n[4]\t[3]\n[5]\t2\n", ["line 3, output", "expected a list of integers, got 2"]),
    ("[1]\t[2]\n[4]\t[3]\n5\t?\n", ["line 3, input 1", "expected a list of integers, got 5"]),
    ("1.5\t1\n", ["line 1, input 1", "one of the types", "1.5"]),
    ("[[[1]]]\t1\n", ["line 1, input 1", "one of the types", "[[[1]]]"]),
    ("null\t1\n", ["line 1, input 1", "None"]),
    ("[1]\t[2]\n[1]\t[3]\n", ["line 2", "same inputs as in line 1", "--wrong"]),
    (f"[1]\t{MAX_ABS + 1}\n[2]\t2\n", ["line 1, output", "smaller int (from -2^1024 to"]),
    (f"[1]\t{[0] * 4097}\n", ["line 1, output", "smaller ints (at most 4096 integers"]),
    ('{"examples": [}', ["line 1 column", "not JSON"]),
    ('{"example": []}', ["expected", "examples", "'example'"]),
    ('{"examples": 5}', ["examples", "expected a list, got 5"]),
    ('{"examples": [5]}', ["example 1", "inputs", "got 5"]),
    ('{"examples": [{"input": 5, "output": 6}]}', ["example 1", "'input', 'output'"]),
    ('{"examples": [{"inputs": 5, "output": 6}]}', ["example 1, inputs", "a list, got 5"]),
    ('{"examples": [{"inputs": [], "output": 6}]}', ["example 1", "at least one input"]),
    ('{"examples": [{"inputs": [5], "output": 6}], "queries": [5]}', ["query 1", "a list"]),
    ('{"examples": [{"inputs": [5], "output": 6}], "queries": [[5, 6]]}', ["query 1", "1 input"]),
    ("[[1, 2, 3]]", ["example 1", "[input, output]", "[1, 2, 3]"]),
    ("[1, 2]", ["example 1", "[input, output]", "got 1"]),
    ("[" * 100_000, ["line 1"]),
]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("text", "words"), BAD)
@pytest.mark.parametrize("option", ["--json", "--python"])
def test_bad_files_are_one_line(text: str, words: list[str], option: str) -> None:
    Path("bad.txt").write_text(text)
    result = run("bad.txt", option)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("nsr: bad.txt: ")
    for word in words:
        assert word in result.stderr


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["none.tsv"], ["none.tsv", "No such file"]),
        (["reverse.tsv", "reverse.tsv"], ["one file"]),
        (["reverse.tsv", "--domain", "numbers"], ["unknown domain 'numbers'; known:", "integers"]),
        (["reverse.tsv", "--space", "none"], ["no grammar 'none'"]),
        (["reverse.tsv", "--knowledge", "none"], ["'none'", "numerals"]),
        (["reverse.json", "--domain", "grids", "--knowledge", "x"], ["--knowledge means nothing"]),
        (["reverse.tsv", "--searcher", "none"], ["unknown searcher 'none'; known:"]),
        (["reverse.tsv", "--python", "--json"], ["one of --python and --json"]),
        (["reverse.tsv", "--wrong", "-1"], ["--wrong"]),
        (["reverse.tsv", "--wrong", "3"], ["from 0 to 2 wrong examples, got 3"]),
        (["reverse.tsv", "--output", "x.json"], ["--output means nothing with --domain seq"]),
        (["reverse.tsv", "--attempts", "2"], ["--attempts means nothing"]),
        (["reverse.tsv", "--jobs", "2"], ["--jobs means nothing"]),
        (["reverse.tsv", "--resume"], ["--resume means nothing"]),
        (["reverse.json", "--domain", "grids", "--python"], ["--python means nothing"]),
        (["reverse.json", "--domain", "grids", "--space", "x"], ["--space means nothing"]),
        (["reverse.json", "--domain", "grids", "--wrong", "1"], ["--wrong means nothing"]),
    ],
)
def test_odd_options_are_one_line(args: list[str], words: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


# -- the reader ------------------------------------------------------------------------------
@pytest.mark.usefixtures("place")
def test_both_forms_are_the_same_task() -> None:
    tasks = [read_examples(f"reverse.{form}").task(SEQUENCES) for form in ("tsv", "json")]
    assert tasks[0].train == tasks[1].train
    assert tasks[0].queries == tasks[1].queries == (((7, 8, 9),), ((1, 1, 6),))
    assert tasks[0].input_types == tasks[1].input_types == ("ints",)


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("[]\t[]\n", ("ints", "ints")),
        ('[]\t["a"]\n["b"]\t[]\n', ("strs", "strs")),
        ('true\t"a b"\nfalse\t""\n', ("bool", "str")),
        ("\ufeff1\t[1]\r\n2\t[2]\r\n", ("int", "ints")),
        ('"a\\tb"\t3\n', ("str", "int")),
    ],
)
def test_types_are_those_of_the_columns(text: str, types: tuple[str, str]) -> None:
    task = parse_examples(text.encode(), "x").task(SEQUENCES)
    assert (*(task.input_types or ()), task.output_type) == types


VALUES = st.one_of(
    st.lists(st.integers(-(10**6), 10**6), max_size=5),
    st.text(max_size=5),
    st.booleans(),
    st.integers(-(10**6), 10**6),
)


@given(VALUES, VALUES)
def test_values_come_through(given_: Any, wanted: Any) -> None:
    for text in (
        f"{json.dumps(given_)}\t{json.dumps(wanted)}\n",
        json.dumps([[given_, wanted]]),
        json.dumps({"examples": [{"inputs": [given_], "output": wanted}]}),
    ):
        (example,) = parse_examples(text.encode(), "x").task(SEQUENCES).train
        assert example.inputs == (tuple(given_) if isinstance(given_, list) else given_,)
        assert example.output == (tuple(wanted) if isinstance(wanted, list) else wanted)


@given(st.text(st.sampled_from('[]{}12,"\t\n? a:'), max_size=30), st.sampled_from(["", ".json"]))
def test_any_text_is_read_or_refused(text: str, suffix: str) -> None:
    message = "x: "
    try:
        parse_examples(text.encode(), "x", suffix).task(SEQUENCES)
    except InputError as error:
        message = str(error)
    assert message.startswith("x: ")
