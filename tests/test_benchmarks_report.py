"""The page: made from the records of the repository without learning what takes long."""

from __future__ import annotations

import re
from typing import Any

import pytest

from benchmarks import comparison, methods, records
from benchmarks.methods import Predictor
from benchmarks.report.results import Entry
from benchmarks.suites import Data, level_name
from nsr.errors import InputError

errors = pytest.importorskip("benchmarks.report.errors")


class Reader(Predictor):
    """Knows no pictures, like a machine that has learnt from words."""

    def __call__(self, inputs: Any) -> list[Any]:
        return [None for _ in inputs]

    def tree(self, x: Any) -> str | None:
        if x[1:] == ("pictures",):
            raise InputError("not read: pictures")
        return '<svg class="nsr-tree"></svg>'


@pytest.fixture(scope="module")
def text() -> str:
    """The page of the records of this repository, with learning stubbed."""
    page = pytest.importorskip("benchmarks.report.page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "learnt", lambda *_: Reader())
        found: str = page.page(comparison.read_all(), records.RESULTS)
    return found


def test_the_page_can_be_made_from_the_records(text: str) -> None:
    assert "No trees: not read: pictures" in text
    assert 'class="nsr-tree"' in text
    for suite in ("SCAN", "PCFG SET", "HINT", "Algorithms"):
        assert f"<h2>{suite}" in text


def test_names_in_pictures_are_unique(text: str) -> None:
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) > 400
    assert len(names) == len(set(names))
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    assert {a or b for a, b in used} <= set(names)


def test_legends_are_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = pytest.importorskip("benchmarks.report.figures")
    drawn: list[Any] = []
    save = figures.Figure.savefig
    monkeypatch.setattr(
        figures.Figure, "savefig", lambda self, *a, **k: (drawn.append(self), save(self, *a, **k))
    )
    methods_of = ("nsr-machine", "transformer-absolute", "transformer-relative-universal", "lstm")
    for split in ("symbols", "images"):
        found = [Entry("hint", split, name, [curve()]) for name in methods_of]
        svg = figures.curves({split: found}, {split: level_name("hint", split)})
        assert f">{level_name('hint', split)}</text>" in svg
        (legend,) = drawn[-1].legends
        box = legend.get_window_extent()
        assert drawn[-1].bbox.x0 <= box.x0
        assert box.x1 <= drawn[-1].bbox.x1


def curve() -> dict[str, Any]:
    return {"seed": 0, "levels": {"1": [50, 50], "2": [50, 20]}}


def test_pictures_are_not_counted_as_operators() -> None:
    assert level_name("hint", "symbols") == "operators"
    assert level_name("hint", "images") == "symbols"


class Machines:
    """A suite that counts how often its data are asked for."""

    def __init__(self, data: Data):
        self.data, self.loaded = data, 0

    def load(self, split: str, *, seed: int = 0) -> Data:
        self.loaded += 1
        return self.data


def entry(**more: Any) -> Entry:
    record = {"settings": {}, "seed": 0, "origin": "published", "cpu_seconds": 1.0, **more}
    return Entry("hint", "symbols", "nsr-machine", [record])


def test_only_cheap_machines_of_the_same_data_are_learnt_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Machines(Data([(("1",), 1)], {}, origin="by rule"))
    monkeypatch.setattr(errors, "get_suite", lambda name: made)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("learnt")

    monkeypatch.setattr(methods, "make", never)
    assert errors.trees(entry(), ["1"]) == [
        "<p>No trees: the record is of data &#x27;published&#x27;, "
        "those at hand are &#x27;by rule&#x27;</p>"
    ]
    made.loaded = 0
    assert errors.trees(entry(cpu_seconds=540.0), ["1"]) == [
        "<p>No trees: to learn anew takes 540 s</p>"
    ]
    assert made.loaded == 0
    made.data = Data([((b"picture",), 1)], {})
    assert errors.trees(entry(), ["1 pictures"]) == ["<p>No trees: inputs are pictures</p>"]


def test_the_label_of_batches_is_that_of_the_benchmark() -> None:
    from benchmarks import latent
    from benchmarks.report import latent as tables

    assert tables.BATCH == latent.BATCH
