"""Methods on suites: one record a run, resumed by settings, and the report made from them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import comparison, methods, records
from benchmarks.latent import families
from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.methods.floor import Floor
from benchmarks.methods.machine import MachineMethod
from benchmarks.methods.neural import NeuralMethod
from benchmarks.methods.solve import SolveMethod
from benchmarks.report import columns, markdown, results
from benchmarks.suites import NAMES, Pair, get_suite, patterns
from benchmarks.suites.arc import Question
from nsr.errors import InputError, UnknownNameError

README = Path(__file__).parent.parent / "README.md"


def run(*arguments: str) -> int:
    return command.main(["run", *arguments])


def records_of(suite: str, folder: Path) -> list[dict[str, Any]]:
    return list(comparison.read(comparison.file_of(suite, folder)))


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)


# -- methods ---------------------------------------------------------------------------------------
def phrases() -> list[Pair]:
    words = {"up": ("U",), "down": ("D",)}
    pairs: list[Pair] = [((w,), y) for w, y in words.items()]
    pairs += [((n, w), y * k) for w, y in words.items() for n, k in (("two", 2), ("four", 4))]
    return pairs * 3


def test_the_machine_is_a_method() -> None:
    predict = MachineMethod("sequences").fit(phrases())
    assert predict([("two", "four", "up")]) == [("U",) * 8]
    assert predict.right([(("two", "up"), ("U", "U")), (("two", "up"), ("U",))]) == [True, False]
    tree = predict.tree(("two", "up"))
    assert tree is not None
    assert tree.startswith("<svg")
    assert predict.tree(("nine",)) is None
    assert predict.facts["claimed_exact"] == 1.0


def test_solve_is_a_method() -> None:
    pairs = [(((3, 1, 2),), (2, 1, 3)), (((5, 4),), (4, 5)), (((7, 7, 0, 1),), (1, 0, 7, 7))]
    predict = SolveMethod(budget=5.0).fit(pairs)
    assert predict([((1, 2, 3, 4),)]) == [(4, 3, 2, 1)]
    nothing = SolveMethod(budget=0.0).fit([(((1,),), (93, 71, 2)), (((2,),), (5, 44, 17, 3))])
    assert nothing([((1,),)]) == [None]


def test_floors_are_methods() -> None:
    nearest = Floor("nearest").fit(phrases())
    assert nearest([("four", "down", "down"), ("nine",)]) == [("D",) * 4, ("U",)]
    identity = Floor("identity").fit(phrases())
    assert identity([("up", "two"), ((1, 2), 3)]) == [("up", "two"), (1, 2)]


def test_the_nearest_of_all_training_inputs_is_found() -> None:
    # The rarest word leads to the last one only, and thousands have the next one in common.
    words = [("a", *f"{i:012b}") for i in range(4096)]
    pairs: list[Pair] = [(x, (str(i),)) for i, x in enumerate(words)]
    pairs += [(("b", "b"), ("rare",)), (("b", "a", "0", "0"), ("near",))]
    nearest = Floor("nearest").fit(pairs)
    assert nearest([("a", *"111111111111"), ("b", "a", "0")]) == [("4095",), ("near",)]
    ones = ("a", *"000000000011")  # of the same words as many others: the first of them
    assert nearest([ones]) == [("3",)]


def test_questions_are_answered_from_their_own_examples() -> None:
    pairs = (((1, 2), (3, 4)), ((2, 1), (4, 3))), (((5, 6, 7),), ((7, 6, 5),))
    question = Question(pairs, ((8, 9), (1, 0)))
    assert SolveMethod("grids", budget=5.0).fit(())([question]) == [((9, 8), (0, 1))]
    assert Floor("identity").fit(())([question]) == [question.query]
    assert Floor("nearest").fit(())([question]) == [((2, 1), (4, 3))]
    assert Floor("nearest").fit(())([Question(pairs, ((5, 6, 0),))]) == [((7, 6, 5),)]


def test_a_set_of_questions_is_a_record(tmp_path: Path) -> None:
    task = {"train": [{"input": [[1, 2]], "output": [[2, 1]]}] * 2}
    task["test"] = [
        {"input": [[3, 4]], "output": [[4, 3]]},
        {"input": [[5, 5]], "output": [[5, 5]]},
    ]
    path = tmp_path / "task.json"
    path.write_text(json.dumps(task))
    folder = tmp_path / "results"
    assert run("arc", "--method", "identity", "--split", str(path), "--results", str(folder)) == 0
    (record,) = records_of("arc", folder)
    assert (record["n"], record["exact"], record["train"]) == (2, 0.5, 0)
    assert record["levels"] == {"2": [2, 1]}
    assert "wrong" not in record


JOINT: Final = {"heads": 2, "encoder": 1, "decoder": 1, "joint": True}


@pytest.mark.parametrize(
    ("name", "more"),
    [("lstm", {}), ("pointer", {}), ("decoder-nope", {}), ("transformer-relative", JOINT)],
)
def test_neural_baselines_are_methods(name: str, more: dict[str, Any]) -> None:
    tiny = {"width": 16, "steps": 150, "batch": 8, "rate": 1e-2, "warm": 5}
    method = NeuralMethod(name, others={**tiny, **more})
    predict = method.fit(phrases(), phrases()[:4])
    pairs = phrases()[:6]
    answers = predict([x for x, _ in pairs])
    assert predict.right(pairs) == [a == y for a, (_, y) in zip(answers, pairs, strict=True)]
    assert sum(predict.right(pairs)) >= 4
    assert predict.facts["steps_done"] == 150
    assert predict.facts["validation_exact"] >= 0.5
    assert method.settings["steps"] == 150


def test_questions_in_context_can_be_learnt() -> None:
    rng = np.random.default_rng(0)
    pairs: list[Any] = patterns.questions(4, 3, 1, 1.0, rng)
    tiny = {"width": 32, "steps": 300, "batch": 4, "rate": 1e-2, "warm": 5}
    predict = NeuralMethod("lstm", others=tiny).fit(pairs)
    assert predict([x for x, _ in pairs]) == [y for _, y in pairs]
    assert predict.right([(pairs[0][0], pairs[1][1])]) == [False]


def test_an_output_with_a_word_never_seen_is_never_right() -> None:
    tiny = {"width": 16, "steps": 1, "batch": 8}
    predict = NeuralMethod("lstm", others=tiny).fit([(("a",), ("b",))])
    assert predict.right([(("a",), ("c",))]) == [False]


def test_neural_baselines_give_numbers_and_lists() -> None:
    tiny = {"width": 16, "steps": 80, "batch": 8, "rate": 1e-2, "warm": 5}
    numbers = NeuralMethod("lstm", others=tiny).fit([(("a",), 120), (("b",), 7)] * 8)
    assert numbers([("a",), ("b",)]) == [120, 7]
    lists = NeuralMethod("lstm", others=tiny).fit([(((1, 2), 0), (12,)), (((3,), 0), (5, 12))] * 8)
    assert lists([((1, 2), 0), ((3,), 0)]) == [(12,), (5, 12)]


def test_every_method_has_a_name_and_a_style_in_the_report() -> None:
    figures = pytest.importorskip("benchmarks.report.figures")
    assert set(methods.names()) == set(results.NAMES) == set(figures.STYLE)
    looks = [(m, str(line)) for name, (m, line, _) in figures.STYLE.items() if name[:3] != "nsr"]
    markers, lines = zip(*looks, strict=True)
    assert len(set(markers)) == len(set(lines)) == len(looks)


def test_every_method_has_settings_for_every_suite_it_is_made_for() -> None:
    for name in methods.names():
        suites = [s for s in NAMES if _made(name, s)]
        assert suites, name
    assert not _made("nsr-machine", "algorithms")
    with pytest.raises(UnknownNameError, match="unknown method 'gpt'"):
        methods.make("gpt", "scan")


def _made(name: str, suite: str) -> bool:
    try:
        method = methods.make(name, suite)
    except InputError:
        return False
    assert json.loads(json.dumps(method.settings)) == method.settings
    assert method.given
    return True


# -- the command -----------------------------------------------------------------------------------
ASKED = ("scan", "--split", "random-20890", "--method", "identity")


def test_a_run_is_a_record(tmp_path: Path) -> None:
    assert run(*ASKED, "--results", str(tmp_path)) == 0
    (record,) = records_of("scan", tmp_path)
    assert record["method"] == "identity"
    assert record["command"] == f"python -m benchmarks run {' '.join(ASKED)} --seeds 0"
    assert (record["train"], record["n"]) == (20890, 20)
    assert record["tests"]["test"]["n"] == 20
    assert sum(n for n, _ in record["levels"].values()) == 20
    assert sum(right for _, right in record["levels"].values()) == round(20 * record["exact"])
    assert len(record["wrong"]) == 3
    assert {"commit", "versions", "machine", "date", "peak_mb", "cpu_seconds"} <= set(record)


def test_a_run_that_only_compiles_is_given_a_few_pairs(tmp_path: Path) -> None:
    asked = ["--split", "simple", "--method", "nearest", "--results", str(tmp_path)]
    (one,) = comparison.planned("scan", comparison._options("scan", asked))
    row = comparison.work({**one, "warm": True})
    assert (row["train_lines"], row["n"]) == (comparison.WARM, 1)


def test_what_has_a_record_is_not_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [*ASKED, "--results", str(tmp_path)]
    assert run(*asked) == 0
    monkeypatch.setattr(records, "circumstances", lambda: {"commit": "another"})
    assert run(*asked, "--resume", "--seeds", "0,1") == 0
    assert "1 of 2 runs to do" in capsys.readouterr().err
    assert [r["seed"] for r in records_of("scan", tmp_path)] == [0, 1]
    assert run(*asked) == 0
    assert len(records_of("scan", tmp_path)) == 3
    assert len(comparison.read_all(tmp_path)) == 2


def test_a_line_that_was_cut_off_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "scan.jsonl"
    comparison.append(path, {"a": 1})
    with path.open("a") as file:
        file.write('{"a": 2, "b')
    comparison.append(path, {"a": 3})
    assert list(comparison.read(path)) == [{"a": 1}, {"a": 3}]


def test_settings_make_a_run_another_one() -> None:
    def key(**options: Any) -> str:
        method = methods.make("lstm", "scan", **options)
        one = {"suite": "scan", "split": "simple", "method": "lstm", "seed": 0}
        return comparison.key({**one, "settings": method.settings})

    assert key() == key()
    assert len({key(), key(steps=10), key(budget=9.0)}) == 3


def test_a_record_of_other_data_does_not_satisfy_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [*ASKED, "--results", str(tmp_path)]
    assert run(*asked) == 0
    (own,) = records_of("scan", tmp_path)
    assert own["origin"] == "random"
    path = comparison.file_of("scan", tmp_path)
    path.write_text(json.dumps(own | {"origin": "published"}) + "\n")
    assert run(*asked, "--resume") == 0
    assert "1 of 1 runs to do" in capsys.readouterr().err
    assert [r["origin"] for r in comparison.read_all(tmp_path)] == ["published", "random"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "--split", "longest", "--method", "nearest"], "unknown split of scan 'longest'"),
        (["scan", "--method", "gpt"], "unknown method 'gpt'"),
        (["algorithms", "--method", "nsr-machine"], "nsr-machine learns a language from pairs"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--results", str(tmp_path)) == 2
    assert capsys.readouterr().err.startswith(f"benchmarks: {said}")
    assert list(tmp_path.iterdir()) == []


def test_the_old_benchmark_keeps_its_name() -> None:
    assert not command.compares(["algorithms", "--quick"])
    assert command.compares(["algorithms", "--method", "nsr-solve"])
    assert command.compares(["algorithms", "--method=nsr-solve"])
    assert command.compares(["scan"])
    assert not command.compares(["machine-scan"])


def test_the_list_names_suites_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["list"]) == 0
    out = capsys.readouterr().out
    assert "machine-scan" in out
    assert "simple, length, addprim_jump" in out
    assert "transformer-relative-universal" in out


def test_levels_say_what_is_hard() -> None:
    assert get_suite("scan").level("test", ("jump",), ("I_JUMP",) * 3) == 3
    assert get_suite("hint").level("I", tuple("2*(3+4)"), 14) == 2
    assert get_suite("pcfg").level("test", ("copy", "repeat_twin", "A1", ",", "B2"), ()) == 2
    assert get_suite("algorithms").level("10x", ((1,),), 1) == 80


# -- the report ------------------------------------------------------------------------------------
def record(method: str, split: str, seed: int, exact: float, **more: Any) -> dict[str, Any]:
    tests = {"test": {"n": 100, "right": round(100 * exact), "exact": exact}}
    found = {"suite": "scan", "split": split, "method": method, "seed": seed, "settings": {}}
    found |= {"cpu_seconds": 12.0, "train": 5, "tests": tests, "given": ["nothing"]}
    found |= {"levels": {"1": [60, 60], "9": [40, round(100 * exact) - 60]}, "peak_mb": 10}
    found |= {
        "command": "c",
        "commit": "abc",
        "date": "2026-01-01",
        "origin": "by rule",
        "losses": [[1, 2.0, 3.0]],
    }
    return found | more


def test_tables_show_mean_and_range(tmp_path: Path) -> None:
    rows = [
        record("lstm", "simple", seed, exact, train_exact=0.9 + 0.1 * seed, parameters=9)
        for seed, exact in enumerate((0.9, 0.8))
    ]
    lines = markdown.tables([*rows, record("nsr-machine", "simple", 0, 1.0)], tmp_path).splitlines()
    assert lines[0].startswith("| SCAN | simple | length |")
    assert lines[2].startswith("| nsr.Machine | 100 |  |")
    mean = "| LSTM with attention | 85.0 (80.0-90.0) |  |  |  |"
    assert lines[3] == f"{mean} 9 | 2 | 5 | 90.0-100 | 12 s |"
    assert lines[2].endswith("|  | 1 | 5 |  | 12 s |")
    assert any(line.startswith("| *Neural QCFG, published* | 96.9 | 95.7 |") for line in lines)
    assert "PCFG" not in "".join(lines)


@pytest.mark.parametrize("way", [1, -1])
def test_the_longest_and_newest_training_is_shown(way: int) -> None:
    short = record("lstm", "simple", 0, 0.5, settings={"steps": 1}, date="2026-03-01")
    old = record("lstm", "simple", 0, 0.7, settings={"steps": 9, "rate": 1}, date="2026-01-01")
    new = record("lstm", "simple", 0, 0.9, settings={"steps": 9, "rate": 2}, date="2026-02-01")
    found = results.best(results.entries([short, old, new][::way]))
    assert found["scan", "simple", "lstm"].exact == [90.0]


@pytest.mark.parametrize("way", [1, -1])
def test_methods_of_one_split_have_the_same_data(way: int) -> None:
    rows = [
        record("lstm", "simple", 0, 0.5, origin="published"),
        record("lstm", "simple", 1, 0.9, origin="by rule", date="2026-03-01"),
        record("nsr-machine", "simple", 0, 1.0, origin="by rule"),
    ]
    found = results.best(results.entries(rows[::way]))
    assert {key[2]: entry.exact for key, entry in found.items()} == {"lstm": [50.0]}


def test_published_numbers_that_were_not_read_again_are_marked() -> None:
    table = next(t for t in columns.TABLES if t.suite == "pcfg")
    rows = [(row["method"], texts) for row, texts in columns.quoted(table)]
    assert ("Transformer, relative universal", ["", "", "85"]) in rows
    assert ("Transformer, relative universal", ["97?", "96?", ""]) in rows
    table = next(t for t in columns.TABLES if t.title == "HINT symbols")
    rows = [(row["method"], texts) for row, texts in columns.quoted(table)]
    assert ("NSR", ["98?", "97.3?", "83.7?", "95.9?", "77.6?", "90.1"]) in rows


def test_published_numbers_have_a_source() -> None:
    for row in results.published():
        assert row["source"]
        assert row["given"]
        assert all(0 <= value <= 100 for value in row["exact"].values())
        known = {(t.suite, c.split) for t in columns.TABLES for c in t.columns}
        for name in families.names():
            known |= {(f"latent/{name}", test) for test in families.get_family(name).tests}
        assert all((row["suite"], split) in known for split in row["exact"])


def test_nothing_is_rounded_to_perfect() -> None:
    assert results.percent(99.99) == "99.9"
    assert results.spread([100.0, 99.99]) == "99.9 (99.9-100)"


def test_algorithms_stand_beside_each_other_at_ten_times_the_length(tmp_path: Path) -> None:
    tests = {"2x": {"exact": 1.0}, "10x": {"exact": 0.25}}
    options: dict[str, Any] = {"suite": "algorithms", "tests": tests}
    rows = [
        record(
            "nsr-solve",
            "classic/sort",
            0,
            1.0,
            **{**options, "tests": {"2x": {"exact": 0.5}, "10x": {"exact": 1.0}}},
        ),
        record("decoder-t5", "classic/sort-900", 0, 1.0, **options, train=900),
        record("nsr-solve", "classic/mode", 0, 1.0, **options),
    ]
    lines = markdown.tables(rows, tmp_path).splitlines()
    assert lines[0].startswith(
        "| 2 and 10 times the length, 1 of 2 tasks shown | sort, 2x | sort, 10x | parameters |"
    )
    assert lines[2] == "| nsr.solve | 50.0 | 100 |  | 1 | 5 |  | 12 s |"
    assert lines[3] == "| Decoder, T5 bias | 100 | 25.0 |  | 1 | 900 |  | 12 s |"


def test_floors_alone_make_no_table_of_the_readme(tmp_path: Path) -> None:
    floors = [record(name, "simple", 0, 0.1) for name in FLOORS]
    assert markdown.tables(floors, tmp_path) == ""
    assert "Nearest" in markdown.tables([*floors, record("lstm", "simple", 0, 0.1)], tmp_path)


def test_readme_and_records_agree() -> None:
    found = comparison.read_all()
    assert found
    assert markdown.excerpt(README) == markdown.tables(found, records.RESULTS)


def test_tables_replace_only_what_is_between_the_markers(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{markdown.BEGIN}\nold\n{markdown.END}\nafter\n")
    markdown.write(path, "new")
    assert path.read_text() == f"before\n{markdown.BEGIN}\nnew\n{markdown.END}\nafter\n"
    path.write_text("nothing")
    with pytest.raises(InputError, match="expected a line"):
        markdown.write(path, "new")


def test_the_page_needs_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [["jump twice", "I_JUMP I_JUMP", "I_WALK"]]
    for row in (
        record("lstm", "length", 0, 0.9, wrong=wrong),
        record("nsr-machine", "length", 0, 1.0),
        record("lstm", "simple", 0, 0.7),
    ):
        comparison.append(tmp_path / "runs" / "scan.jsonl", row)
    floor = record("nearest", "arc1:training", 0, 0.0, suite="arc", cpu_seconds=0.0)
    comparison.append(tmp_path / "runs" / "arc.jsonl", floor)
    readme = tmp_path / "README.md"
    readme.write_text(f"{markdown.BEGIN}\n{markdown.END}\n")
    page = tmp_path / "report.html"
    asked = ["--output", str(page), "--results", str(tmp_path), "--readme", str(readme)]
    assert command.main(["report", *asked]) == 0
    text = page.read_text()
    assert markdown.excerpt(readme).startswith("| SCAN | simple")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert "@import" not in text
    assert text.count("<svg") >= 4
    assert 'class="nsr-tree"' in text
    assert "I_JUMP I_JUMP" in text
    assert "Neural QCFG" in text
    assert command.main(["report", "--results", str(tmp_path / "none")]) == 2
    assert "no records of runs" in capsys.readouterr().err


def test_points_of_a_curve_stand_on_enough_tests() -> None:
    figures = pytest.importorskip("benchmarks.report.figures")
    levels = {"1": [5, 5], "2": [30, 15], "9": [50, 0], "30": [3, 3]}
    (entry,) = results.entries([record("lstm", "simple", 0, 0.9, levels=levels)])
    points = figures.binned(entry)
    assert [round(y, 1) for _, y in points] == [57.1, 5.7]


# -- nsr in another benchmark ----------------------------------------------------------------------
DATA = "from benchmarks.suites import scan\ntrain, test = scan.by_length(scan.everything())\n"


def test_the_five_lines_of_the_readme(tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("### nsr in your benchmark")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    assert len(code.group(1).split("\n")) - code.group(1).count("\n\n") - 1 == 5
    script = tmp_path / "other.py"
    script.write_text(DATA + code.group(1))
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(README.parent)},
    )
    assert done.stdout == "1.0\n"
