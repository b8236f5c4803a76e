"""`nsr train`, `predict`, `evaluate`, `explain`, `lexicon`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import nsr
from nsr.cli import main
from tests.languages import pairs


def write(path: str, data: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    Path(path).write_text("".join(f"{' '.join(x)}\t{' '.join(y)}\n" for x, y in data))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("machine")
    write(str(folder / "train.tsv"), pairs("infix", 200, depth=3, seed=0))
    write(str(folder / "test.tsv"), [*pairs("infix", 99, depth=4, seed=5), (("what",), ("X",))])
    result = run("train", f"{folder}/train.tsv", "--model", f"{folder}/model", "--json")
    assert json.loads(result.stdout) == {"n": 200, "exact": 1.0, "entries": 3}
    return folder


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, args, input=text)


def test_evaluate(folder: Path) -> None:
    found = json.loads(run("evaluate", f"{folder}/model", f"{folder}/test.tsv", "--json").stdout)
    assert found == {"n": 100, "exact": 0.99, "right": 99, "no_answer": 1}
    out = run("evaluate", f"{folder}/model", f"{folder}/test.tsv").stdout
    assert "99 of 100 right (99.00%)" in out
    assert "no answer for 1: unknown word 'what'" in out


def test_predict(folder: Path) -> None:
    assert run("predict", f"{folder}/model", "mip su dax").stdout == "DAX MIP\n"
    result = run("predict", f"{folder}/model", "--file", "-", text="mip\tX\nmip su\n")
    assert result.stdout == "MIP\nno answer: no reading: the input ends too early\n"
    assert run("predict", f"{folder}/model").exit_code == 2


def test_explain(folder: Path, tmp_path: Path) -> None:
    out = run("explain", f"{folder}/model", "mip su dax bo lug").stdout
    assert out.splitlines()[0] == "_ su _ = DAX LUG LUG MIP"
    assert "_ su _ := concat(x1, x0)" in out
    page = tmp_path / "tree.html"
    assert run("explain", f"{folder}/model", "mip su dax", "--html", str(page)).exit_code == 0
    assert "<title>_ su _ = DAX MIP</title>" in page.read_text()
    assert run("explain", f"{folder}/model", "hm").stdout == "no answer: unknown word 'hm'\n"


def test_lexicon(folder: Path) -> None:
    lines = run("lexicon", f"{folder}/model").stdout.splitlines()
    assert len(lines) == 8
    assert "_ bo _ := concat(concat(x0, x1), x1)" in lines[0]
    assert "    mip := MIP" in lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b\n", "line 1: expected input<TAB>output, got 0 tabs"),
        ("a\tA\n\tB\n", "line 2: the input is empty"),
        ("a\tA\nb\tB\tC\n", "line 2: expected input<TAB>output, got 2 tabs"),
        ("", "no pairs in it"),
    ],
)
def test_bad_pairs_are_one_line_and_exit_code_2(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.tsv").write_text(text)
    result = run("train", f"{tmp_path}/bad.tsv", "--model", f"{tmp_path}/model")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "bad.tsv" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("{0}/pairs.tsv", "pairs.tsv: cannot make it: File exists"),
        ("{0}/pairs.tsv/x", "pairs.tsv/x: cannot make it: Not a directory"),
        ("{0}/taken", "machine.json: cannot write: not a regular file"),
        ("", "expected the name of a directory, got none"),
    ],
)
def test_a_place_that_cannot_take_the_model_is_told_before_learning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, message: str
) -> None:
    write(f"{tmp_path}/pairs.tsv", [(("a",), ("A",))])
    (tmp_path / "taken" / "machine.json").mkdir(parents=True)
    monkeypatch.setattr(nsr.Machine, "fit", None)
    result = run("train", f"{tmp_path}/pairs.tsv", "--model", model.format(tmp_path))
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_pictures_for_a_machine_of_words_are_told_with_their_file(
    folder: Path, tmp_path: Path
) -> None:
    path = str(tmp_path / "x.npz")
    one = np.zeros(1, int)
    images = np.zeros((1, 4, 4), np.uint8)
    np.savez(path, images=images, symbol_index=one, offset=np.arange(2), value=one)
    model = f"{folder}/model"
    for args in (("evaluate", model, path), ("predict", model, "--file", path)):
        result = run(*args)
        assert result.exit_code == 2
        assert "x.npz: " in result.stderr
        assert "this machine reads words, got pictures" in result.stderr
        assert result.stderr.count("\n") == 1


def test_no_model_is_told(tmp_path: Path) -> None:
    result = run("predict", str(tmp_path), "a")
    assert result.exit_code == 2
    assert "machine.json" in result.stderr


def test_noise_is_taken_for_phrases_and_not_used_for_numbers(folder: Path, tmp_path: Path) -> None:
    model = str(tmp_path / "model")
    result = run("train", f"{folder}/train.tsv", "--model", model, "--noise", "0.1", "--json")
    assert json.loads(result.stdout)["exact"] == 1.0
    assert result.stderr == ""
    (tmp_path / "n.tsv").write_text("one\t1\ntwo\t2\n" * 5)
    numbers = ("train", f"{tmp_path}/n.tsv", "--model", model, "--domain", "integers", "--json")
    assert "--noise is not used" in run(*numbers, "--noise", "0.1").stderr
    assert run("train", f"{folder}/train.tsv", "--model", model, "--noise", "0.7").exit_code == 2
    late = run("train", f"{folder}/train.tsv", "--model", model, "--seconds", "nan")
    assert (late.exit_code, late.stderr) == (2, "nsr: expected seconds above 0, got nan\n")


def test_options_for_pictures_are_refused_for_words(folder: Path, tmp_path: Path) -> None:
    for option in (["--resume"], ["--validation", "v.npz"], ["--images", "s.npz"]):
        result = run("train", f"{folder}/train.tsv", "--model", str(tmp_path), *option)
        assert result.exit_code == 2
        assert "are for PAIRS.npz" in result.stderr
