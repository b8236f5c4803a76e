"""The supervised reference, on a made-up pack of tiny pictures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import _hint_supervised as supervised
from benchmarks.suites.hint import CONCEPTS, WORDS
from nsr.errors import InputError
from nsr.perception.images import ImagePerception

SIDE = 12


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """Each class is a picture of its own, with a little noise; letters must be passed over."""
    rng = np.random.default_rng(0)
    classes = [*WORDS[::-1], *CONCEPTS]
    masters = rng.random((len(classes), SIDE, SIDE)) < 0.3
    labels = np.tile(np.arange(len(classes)), 20)
    images = masters[labels] ^ (rng.random((len(labels), SIDE, SIDE)) < 0.02)
    (tmp_path / "hint").mkdir()
    np.savez(
        tmp_path / "hint" / "symbols.npz",
        images=images.astype(np.uint8) * 255,
        labels=labels.astype(np.uint8),
        classes=np.array(classes),
        split=(np.arange(len(labels)) * 3 // len(labels)).astype(np.uint8),
        split_names=np.array(["train", "val", "test"]),
    )
    monkeypatch.setenv("NSR_DATA", str(tmp_path))
    return tmp_path


def test_learns_the_symbols_of_arithmetic_and_saves(pack, capsys):
    images, symbols = supervised.glyphs("train")
    assert images.shape[1:] == (SIDE, SIDE)
    assert set(symbols.tolist()) == set(range(len(WORDS)))
    supervised.main([str(pack / "out"), "--width", "8", "--epochs", "12", "--test"])
    assert "test {'accuracy'" in capsys.readouterr().out
    perception = ImagePerception.load(pack / "out")
    assert perception.names == WORDS
    found = supervised.accuracy(perception, "test")
    assert found["accuracy"] > 0.8
    assert abs(found["accuracy"] - found["balanced_accuracy"]) < 0.1
    test_images, test_symbols = supervised.glyphs("test")
    best = next(iter(perception.read(test_images[:1])[0]))
    assert best == WORDS[int(test_symbols[0])]


def test_without_the_pack_there_is_one_error(monkeypatch):
    monkeypatch.delenv("NSR_DATA", raising=False)
    with pytest.raises(InputError, match="NSR_DATA"):
        supervised.train()
