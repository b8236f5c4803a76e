"""The machine on pictures: sums of drawn digits, its files, its checkpoints, and its silence."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import nsr
from nsr.cli import main
from nsr.data.images import ImagePairs, read_image_pairs
from nsr.errors import DeclinedError, InputError, NsrError
from nsr.parsing.soft_reading import SoftSyntax
from nsr.perception.images import ImagePerception
from nsr.values import Undefined

SIDE = 16
GLYPHS = {
    "0": ("####", "#..#", "#..#", "#..#", "####"),
    "1": ("..#.", ".##.", "..#.", "..#.", "..#."),
    "2": ("###.", "..#.", "###.", "#...", "###."),
    "3": ("###.", "..#.", "####", "...#", "####"),
    "+": (".#..", ".#..", "####", ".#..", ".#.."),
    "-": ("....", "....", "####", "....", "...."),
    "7": ("####", "...#", "..#.", ".#..", ".#.."),
    "^": (".##.", "#..#", "#..#", "....", "...."),
}
APPLY: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: max(0, a - b),
    "^": max,
}


def draw(name: str, rng: np.random.Generator) -> np.ndarray:
    """uint8[16, 16], twice as large, somewhere."""
    glyph = np.array([[c == "#" for c in row] for row in GLYPHS[name]], np.uint8)
    glyph = glyph.repeat(2, axis=0).repeat(2, axis=1) * np.uint8(rng.integers(150, 256))
    picture = np.zeros((SIDE, SIDE), np.uint8)
    row, column = rng.integers(1, SIDE - glyph.shape[0]), rng.integers(1, SIDE - glyph.shape[1])
    picture[row : row + glyph.shape[0], column : column + glyph.shape[1]] = glyph
    return picture


def sums(
    count: int, seed: int, lengths: tuple[int, ...], digits: str = "0123", signs: str = "+-"
) -> list[tuple[str, int]]:
    """Sums and differences from left to right, none below 0."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(count):
        text = str(rng.choice(list(digits)))
        value = int(text)
        for _ in range(lengths[i % len(lengths)] // 2):
            sign, digit = rng.choice(list(signs)), rng.choice(list(digits))
            value = APPLY[sign](value, int(digit))
            text += sign + digit
        found.append((text, value))
    return found


def drawn(
    count: int,
    seed: int,
    lengths: tuple[int, ...] = (1, 3, 5),
    digits: str = "0123",
    signs: str = "+-",
    must: str = "",
) -> ImagePairs:
    """The same as pictures, those with a symbol; every seed has its own."""
    rng = np.random.default_rng(seed + 1000)
    store = {name: [draw(name, rng) for _ in range(60)] for name in sorted({*digits, *signs})}

    def row(text: str) -> np.ndarray:
        return np.stack([store[c][rng.integers(60)] for c in text])

    found = sums(count, seed, lengths, digits, signs)
    return ImagePairs.from_pairs((row(text), value) for text, value in found if must in text)


def accuracy(machine: nsr.Machine, pairs: ImagePairs) -> float:
    values = machine.predict(pairs)
    return sum(v == y for v, y in zip(values, pairs.values.tolist(), strict=True)) / len(pairs)


def shapes_of(machine: nsr.Machine) -> list[str]:
    assert machine.lexicon_ is not None
    return [entry.shape for entry in machine.lexicon_.entries.values() if entry.arity]


def write(path: Path, pairs: ImagePairs, **more: np.ndarray) -> str:
    np.savez(
        path,
        images=pairs.images,
        symbol_index=pairs.index,
        offset=pairs.offset,
        value=pairs.values,
        **more,
    )
    return str(path)


TRAIN, VALIDATION, TEST = drawn(600, 0), drawn(150, 1), drawn(200, 2, (1, 3, 5, 7, 9))


@pytest.fixture(scope="module")
def machine() -> nsr.Machine:
    return nsr.Machine(domain="integers").fit(TRAIN, validation=VALIDATION)


def test_sums_of_pictures_are_learnt_from_their_values(machine: nsr.Machine) -> None:
    assert machine.exact_ > 0.97
    assert machine.complete_
    assert accuracy(machine, TEST) > 0.95
    assert isinstance(machine.lexicon_, SoftSyntax)
    prior = dict(zip(machine.lexicon_.symbols, machine.lexicon_.prior, strict=True))
    used = {w: e for w, e in machine.lexicon_.entries.items() if prior[w] > 0.01}
    assert [w for w, e in used.items() if not e.arity] == list("0123")
    heads = [(e.pattern, machine.program(w)) for w, e in used.items() if e.arity]
    assert [pattern for pattern, _ in heads] == ["_w_", "_w_"]
    assert all("recur" in program for _, program in heads)


@pytest.mark.parametrize(
    ("symbol", "digits", "signs", "pattern"),
    [("7", "01237", "+-", "w"), ("^", "0123", "+-^", "_w_")],
)
def test_a_new_symbol_is_learnt_from_few_more_pairs(
    machine: nsr.Machine, tmp_path: Path, symbol: str, digits: str, signs: str, pattern: str
) -> None:
    machine.save(tmp_path)
    grown = nsr.load(tmp_path)
    more, test = (drawn(400, seed, (1, 3, 5), digits, signs, must=symbol) for seed in (3, 4))
    assert len(more) < 250
    assert accuracy(machine, test) < 0.7
    old = TRAIN[:200]
    assert grown.extend(more, rehearsal=old) is grown
    assert accuracy(grown, test) > 0.9
    assert accuracy(grown, TEST) > 0.9
    assert grown.exact_ > 0.9
    assert grown.lexicon_ is not None
    assert machine.lexicon_ is not None
    before, after = machine.lexicon_.entries, grown.lexicon_.entries
    assert {word: after[word] for word in before} == before
    new = [entry for word, entry in after.items() if word not in before]
    assert [entry.pattern for entry in new] == [pattern]
    if pattern == "w":
        assert [entry.word for entry in new] == [symbol]
        again = nsr.load(tmp_path).extend(more, rehearsal=old)
        assert again.predict(test) == grown.predict(test)
    grown.save(tmp_path)
    assert nsr.load(tmp_path).predict(test) == grown.predict(test)


def test_learning_on_needs_a_model_of_pictures_and_pairs(machine: nsr.Machine) -> None:
    with pytest.raises(NsrError, match="learnt nothing yet"):
        nsr.Machine(domain="integers").extend(TRAIN)
    with pytest.raises(DeclinedError, match="words are learnt together"):
        nsr.Machine().fit([("a", "A"), ("b", "B")] * 4).extend(TRAIN)
    with pytest.raises(InputError, match="no pairs"):
        machine.extend(TRAIN[:0])
    with pytest.raises(InputError, match="another size"):
        machine.extend(replace(TRAIN, images=TRAIN.images[:, :8]))


def test_one_input_a_list_and_pairs_give_the_same(machine: nsr.Machine) -> None:
    some = TEST[:20]
    rows = [x for x, _ in some]
    values = machine.predict(some)
    assert machine.predict(rows) == values
    assert [machine.predict(x) for x in rows] == values
    empty = np.zeros((0, SIDE, SIDE), np.uint8)
    assert machine.predict([rows[0], empty]) == [values[0], Undefined("the input is empty")]
    assert machine.explain(empty) == machine.predict(empty) == Undefined("the input is empty")


def test_what_cannot_be_read_has_no_answer(machine: nsr.Machine) -> None:
    hard = nsr.Machine(domain="integers", decoding="hard")
    assert machine._model is not None
    hard._set_model(machine._model, 1.0)
    digits = np.stack([x[0] for x, _ in TEST[:2]])
    assert hard.predict(digits) == Undefined("no reading")
    assert hard.explain(digits) == Undefined("no reading")


def test_explanation_is_a_tree_with_pieces_symbols_values_and_probabilities(
    machine: nsr.Machine,
) -> None:
    x = next(x for x, _ in TEST if len(x) == 5)
    tree = machine.explain(x)
    assert not isinstance(tree, Undefined)
    assert tree.value == machine.predict(x)
    assert tree.piece == (0, 5)
    assert tree.symbol in shapes_of(machine)
    assert [leaf.piece for leaf in tree.leaves()] == [(0, 1), (2, 3), (4, 5)]
    assert all(leaf.symbol == str(leaf.value) for leaf in tree.leaves())
    assert machine._model is not None
    own = machine._model.perceive(x[:1])[0]
    first = next(tree.leaves())
    assert first.probability == pytest.approx(own[list("0123").index(first.symbol)])


def test_what_was_saved_is_loaded(machine: nsr.Machine, tmp_path: Path) -> None:
    machine.save(tmp_path / "model")
    again = nsr.load(tmp_path / "model")
    assert again.predict(TEST) == machine.predict(TEST)
    assert (again.exact_, again.complete_) == (machine.exact_, True)
    assert again.explain(TEST[0][0]) == machine.explain(TEST[0][0])
    again.save(tmp_path / "again")
    texts = [(tmp_path / name / "machine.json").read_text() for name in ("model", "again")]
    assert texts[0] == texts[1]


def test_an_ablated_machine_is_saved_as_such(machine: nsr.Machine, tmp_path: Path) -> None:
    ablated = nsr.Machine(domain="integers", decoding="hard", attachment=False)
    assert machine._model is not None
    ablated._set_model(machine._model, 0.5)
    ablated.save(tmp_path)
    again = nsr.load(tmp_path)
    assert (again.decoding, again.attachment) == ("hard", False)
    assert again.predict(TEST) == ablated.predict(TEST)


def change(key: str, value: object) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        file = folder / "machine.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))

    return apply


def cut(folder: Path) -> None:
    file = folder / "perception.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def other(folder: Path) -> None:
    ImagePerception((SIDE, SIDE), 6).save(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change("input", "sounds"), "expected input 'pictures'"),
        (change("network", 3), "expected input 'pictures'"),
        (change("symbols", 3), "not a model"),
        (change("symbols", [{"name": "a"}]), "not a model"),
        (change("top", [1.0]), "not a model"),
        (change("top", [1.0, -1.0, 0.0]), "expected weights"),
        (change("decoding", "soft"), "expected a decoding"),
        (lambda folder: (folder / "perception.safetensors").unlink(), "cannot read"),
        (cut, "not a model"),
        (other, "belongs to another model"),
    ],
)
def test_corrupt_and_foreign_models_give_one_error(
    machine: nsr.Machine, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    machine.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        nsr.load(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_wrong_inputs_are_told(machine: nsr.Machine) -> None:
    for bad in (np.zeros((2, 8, 8), np.uint8), np.zeros((2, SIDE, SIDE)), TEST[0][0][0], "1 + 2"):
        with pytest.raises(InputError, match=r"input: this machine reads pictures: expected uint8"):
            machine.predict(bad)
    with pytest.raises(InputError, match="input 2: this machine reads pictures"):
        machine.predict([TEST[0][0], "1 + 2"])
    with pytest.raises(InputError, match="expected pictures as uint8"):
        machine.predict(replace(TEST, images=TEST.images[:, :8]))
    words = nsr.Machine().fit([("a", "A"), ("b", "B")] * 4)
    for bad in (TEST[0][0], TEST):
        with pytest.raises(InputError, match="this machine reads words, got pictures"):
            words.predict(bad)


def test_pairs_that_cannot_be_learnt_are_told(tmp_path: Path) -> None:
    machine = nsr.Machine(domain="integers")
    x, y = TEST[0]
    with pytest.raises(InputError, match="pair 2: expected pictures as before, got words"):
        machine.fit([(x, y), ("1 + 2", 3)])
    with pytest.raises(InputError, match="pair 3: expected words as before, got pictures"):
        machine.fit([("1", 1), ("1 + 2", 3), (x, y)])
    with pytest.raises(DeclinedError, match="does not learn from pictures; there is: integers"):
        nsr.Machine().fit(TEST)
    with pytest.raises(InputError, match="no pairs"):
        machine.fit(TEST[:0])
    with pytest.raises(InputError, match="another size"):
        machine.fit(TEST, validation=replace(TEST, images=TEST.images[:, :8]))
    with pytest.raises(InputError, match="no pairs for validation"):
        machine.fit(TEST, validation=TEST[:0])
    with pytest.raises(InputError, match="no input of a single"):
        machine.fit(TEST.select(np.flatnonzero(TEST.lengths > 1)))
    with pytest.raises(InputError, match="are for pairs of pictures"):
        machine.fit([("1", 1)], checkpoint=tmp_path)
    with pytest.raises(InputError, match="nothing to go on from"):
        machine.fit(TEST, resume=True)
    with pytest.raises(InputError, match="there is no checkpoint"):
        machine.fit(TEST, checkpoint=tmp_path, resume=True)
    with pytest.raises(NsrError, match="nothing was learnt within"):
        nsr.Machine(domain="integers", seconds=1e-3).fit(TRAIN)
    for noise in (-0.1, 0.5):
        with pytest.raises(InputError, match="expected a noise"):
            nsr.Machine(noise=noise)


# -- interruptions ---------------------------------------------------------------------------------
class Stop(Exception):
    """Ends a training from outside."""


def stopping(after: str) -> Callable[[str], None]:
    def progress(text: str) -> None:
        if text.startswith(after):
            raise Stop

    return progress


def test_an_interrupted_training_goes_on_to_the_same_end(
    machine: nsr.Machine, tmp_path: Path
) -> None:
    with pytest.raises(Stop):
        nsr.Machine(domain="integers").fit(
            TRAIN, validation=VALIDATION, checkpoint=tmp_path, progress=stopping("length 5")
        )
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    with pytest.raises(InputError, match="other pairs or another seed"):
        nsr.Machine(domain="integers", seed=1).fit(
            TRAIN, validation=VALIDATION, checkpoint=tmp_path, resume=True
        )
    again = nsr.Machine(domain="integers").fit(
        TRAIN, validation=VALIDATION, checkpoint=tmp_path, resume=True
    )
    again.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["machine.json", "perception.safetensors"]
    machine.save(tmp_path / "whole")
    for name in ("machine.json", "perception.safetensors"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_corrupt_checkpoint_is_told(tmp_path: Path) -> None:
    for raw in (b"", b"x" * 100, (8).to_bytes(8, "little") + b'{"a":1} '):
        (tmp_path / "checkpoint.safetensors").write_bytes(raw)
        with pytest.raises(InputError, match="checkpoint") as caught:
            nsr.Machine(domain="integers").fit(TRAIN, checkpoint=tmp_path, resume=True)
        assert "\n" not in str(caught.value)


# -- command line ----------------------------------------------------------------------------------
def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.fixture(scope="module")
def model(machine: nsr.Machine, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    machine.save(folder)
    return str(folder)


def test_command_predict(machine: nsr.Machine, model: str, tmp_path: Path) -> None:
    path = write(tmp_path / "test.npz", TEST)
    values = [machine.show(value) for value in machine.predict(TEST)]
    for option in ("--images", "--file"):
        assert run("predict", model, option, path).stdout.splitlines() == values
    assert run("predict", model, "--images", path, "--row", "3").stdout == f"{values[3]}\n"
    np.savez(path, images=TEST.images, symbol_index=TEST.index, offset=TEST.offset)
    assert run("predict", model, "--file", path).stdout.splitlines() == values


def test_command_evaluate(machine: nsr.Machine, model: str, tmp_path: Path) -> None:
    subset = np.where(TEST.lengths > 5, 2, 0)
    path = write(tmp_path / "test.npz", TEST, subset=subset, subset_names=np.array(["a", "b", "c"]))
    found = json.loads(run("evaluate", model, path, "--json").stdout)
    right = machine.predict(TEST) == TEST.values
    assert found == {
        "n": 200,
        "exact": right.mean(),
        "right": right.sum(),
        "no_answer": 0,
        "by_subset": {
            name: {"n": own.sum(), "exact": right[own].mean(), "right": right[own].sum()}
            for name, own in (("a", subset == 0), ("c", subset == 2))
        },
    }
    assert f"  a: {right[subset == 0].sum()} of 120 right" in run("evaluate", model, path).stdout
    path = write(tmp_path / "plain.npz", TEST)
    assert "by_subset" not in json.loads(run("evaluate", model, path, "--json").stdout)


def test_command_explain(machine: nsr.Machine, model: str, tmp_path: Path) -> None:
    path = write(tmp_path / "test.npz", TEST)
    row = next(i for i, (x, _) in enumerate(TEST) if len(x) == 5)
    out = run("explain", model, "--images", path, "--row", str(row)).stdout
    tree = machine.explain(TEST[row][0])
    assert out.startswith(f"{tree.symbol} = {tree.value}")
    assert ":= recur(" in out
    svg, html = tmp_path / "t.svg", tmp_path / "t.html"
    where = ("--images", path, "--row", str(row))
    assert run("explain", model, *where, "--svg", str(svg), "--html", str(html)).exit_code == 0
    assert svg.read_text().count("data:image/png") == 5
    assert svg.read_text() in html.read_text()


def test_command_lexicon(model: str) -> None:
    lines = run("lexicon", model).stdout.splitlines()
    assert "% _ f1 _ := recur(" in lines[0]
    assert lines[1].strip().startswith("x0: ")
    assert "number" in lines[2]
    assert "% _ f2 _ := recur(" in lines[3]
    assert lines[-1].strip() == "numbers: 0 1 2 3"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["predict", "MODEL", "1"], "this machine reads pictures"),
        (["predict", "MODEL", "1", "--images", "FILE"], "give one of"),
        (["predict", "MODEL", "1", "--row", "1"], "--row is for a file of pictures"),
        (["predict", "MODEL", "--images", "FILE", "--row", "200"], "expected a row from 0 to 199"),
        (["evaluate", "MODEL", "pairs.tsv", "--images", "FILE"], "--images is for PAIRS.npz"),
        (["evaluate", "MODEL", "BAD"], "subset_names"),
        (["evaluate", "MODEL", "OTHER"], "other.npz: expected"),
        (["evaluate", "MODEL", "x.tsv"], "x.tsv: this machine reads pictures, got words"),
        (["train", "pairs.tsv", "--model", "DIR", "--resume"], "are for PAIRS.npz"),
        (["train", "FILE", "--model", "DIR"], "does not learn from pictures"),
        (["train", "FILE", "--model", "DIR", "--domain", "integers", "--resume"], "no checkpoint"),
    ],
)
def test_bad_use_is_one_line(model: str, tmp_path: Path, args: list[str], message: str) -> None:
    names = {"MODEL": model, "DIR": str(tmp_path / "new")}
    names["FILE"] = write(tmp_path / "test.npz", TEST)
    names["OTHER"] = write(tmp_path / "other.npz", replace(TEST, images=TEST.images[:, 1:]))
    names["BAD"] = write(tmp_path / "bad.npz", TEST, subset=np.zeros(200, int))
    result = run(*(names.get(arg, arg) for arg in args))
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_command_train_is_interrupted_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ones = TRAIN.select(np.flatnonzero(TRAIN.lengths == 1)[:100])
    path, folder = write(tmp_path / "ones.npz", ones), tmp_path / "model"
    args = ["train", path, "--validation", path, "--domain", "integers", "--model", str(folder)]

    def interrupt(text: str) -> None:
        if text.startswith("stage 2"):
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("nsr.cli.train.say", interrupt)
    try:
        result = run(*args)
    finally:
        signal.signal(signal.SIGINT, before)
    monkeypatch.undo()
    assert result.exit_code == 130
    assert "interrupted; go on with --resume" in result.stderr
    assert [p.name for p in folder.iterdir()] == ["checkpoint.safetensors"]
    result = run(*args, "--resume", "--noise", "0.1")
    assert result.exit_code == 0
    assert "plain symbols" not in result.stderr
    assert "stage 3" in result.stderr
    assert "--noise is not used" in result.stderr
    assert "100 pairs, 100.00% of them come out right\n0 words" in result.stdout
    assert sorted(p.name for p in folder.iterdir()) == ["machine.json", "perception.safetensors"]
    assert json.loads(run("evaluate", str(folder), path, "--json").stdout)["exact"] == 1.0


# -- official data, where it is there --------------------------------------------------------------
@pytest.mark.slow
def test_handwritten_expressions() -> None:
    folder = Path(os.environ.get("NSR_DATA", "")) / "hint"
    if "NSR_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("NSR_DATA does not hold hint")
    train, validation = (read_image_pairs(folder / f"{name}.npz") for name in ("train", "val"))
    short = train.select(np.flatnonzero(train.lengths <= 7))
    machine = nsr.Machine(domain="integers").fit(short, validation=validation)
    assert accuracy(machine, validation) > 0.85
    assert any(entry.literal for entry in machine.lexicon_.entries.values())
    assert validation.lengths.max() > 30
