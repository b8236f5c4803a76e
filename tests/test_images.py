"""Perception of pictures, on small drawn shapes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nsr.errors import InputError
from nsr.perception.images import FILE, ImagePerception

SIDE = 16


def draw(kind: int, rng: np.random.Generator) -> np.ndarray:
    """A bar, a dash, a cross, or a box, somewhere in the cell."""
    image = np.zeros((SIDE, SIDE), np.uint8)
    row, column = rng.integers(5, SIDE - 5, size=2)
    reach = int(rng.integers(3, 5))
    rows, columns = (slice(at - reach, at + reach + 1) for at in (row, column))
    if kind in (0, 2):
        image[rows, column] = 255
    if kind in (1, 2):
        image[row, columns] = 255
    if kind == 3:
        image[rows, columns] = 255
        image[row - reach + 1 : row + reach, column - reach + 1 : column + reach] = 0
    return image


def shapes(count: int, kinds: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % kinds
    return np.stack([draw(int(kind), rng) for kind in labels]), labels


def one_hot(labels: np.ndarray, symbols: int) -> np.ndarray:
    return np.eye(symbols, dtype=np.float32)[labels]


def right(perception: ImagePerception, images: np.ndarray, labels: np.ndarray) -> float:
    return float((perception.log_probabilities(images).argmax(1) == labels).mean())


@pytest.fixture(scope="module")
def learnt() -> ImagePerception:
    images, labels = shapes(600, 3)
    perception = ImagePerception((SIDE, SIDE), 3, width=4)
    perception.fit(images, one_hot(labels, 3), epochs=6)
    return perception


def copy(perception: ImagePerception) -> ImagePerception:
    return ImagePerception.from_state(*perception.state())


def test_unseen_pictures_are_read(learnt):
    images, labels = shapes(300, 3, seed=1)
    assert right(learnt, images, labels) > 0.97
    scores = learnt.log_probabilities(images)
    assert scores.dtype == np.float32
    assert scores.shape == (300, 3)
    assert np.exp(scores).sum(1) == pytest.approx(1, abs=1e-5)
    views = learnt.log_probabilities(images, views=4)
    assert np.exp(views).sum(1) == pytest.approx(1, abs=1e-5)
    assert (views.argmax(1) == labels).mean() > 0.95
    assert (views != scores).any()
    # The views are the same for every picture, wherever it stands.
    assert learnt.log_probabilities(images[::-1], views=4)[::-1] == pytest.approx(views, abs=1e-3)


def test_processors_without_bfloat16_read_alike(learnt, monkeypatch):
    from nsr.perception import convnet

    images, labels = shapes(300, 3, seed=1)
    scores = learnt.log_probabilities(images)
    monkeypatch.setattr(convnet, "half_precision", lambda: False)
    assert np.exp(learnt.log_probabilities(images)) == pytest.approx(np.exp(scores), abs=0.1)
    perception = ImagePerception((SIDE, SIDE), 3, width=4)
    perception.fit(images, one_hot(labels, 3), epochs=8)
    assert right(perception, images, labels) > 0.95


def test_nothing_learnt_means_all_symbols_alike():
    images, _ = shapes(4, 3)
    assert ImagePerception((SIDE, SIDE), 5).log_probabilities(images) == pytest.approx(-np.log(5))


def test_soft_targets_come_out_as_probabilities():
    images, labels = shapes(600, 2)
    targets = np.array([[0.9, 0.1], [0.3, 0.7]], np.float32)[labels]
    perception = ImagePerception((SIDE, SIDE), 2, width=4)
    perception.fit(images, 5 * targets, epochs=6)
    fresh, labels = shapes(100, 2, seed=1)
    means = np.exp(perception.log_probabilities(fresh))[:, 0]
    assert means[labels == 0].mean() == pytest.approx(0.9, abs=0.08)
    assert means[labels == 1].mean() == pytest.approx(0.3, abs=0.08)


def test_weights_say_what_counts():
    images, labels = shapes(600, 2)
    wrong = np.arange(600) % 3 == 0
    targets = one_hot(np.where(wrong, 1 - labels, labels), 2)
    perception = ImagePerception((SIDE, SIDE), 2, width=4)
    perception.fit(images, targets, np.where(wrong, 0.0, 2.0), epochs=5)
    assert right(perception, *shapes(200, 2, seed=1)) > 0.97
    other = ImagePerception((SIDE, SIDE), 2, width=4)
    other.fit(images[~wrong], targets[~wrong], epochs=5)
    assert (perception.log_probabilities(images) == other.log_probabilities(images)).all()


def test_growing_keeps_what_was_learnt(learnt):
    images, labels = shapes(300, 3, seed=2)
    before = learnt.log_probabilities(images)
    perception = copy(learnt)
    perception.grow(5)
    after = perception.log_probabilities(images)
    assert after.shape == (300, 5)
    odds = after[:, :3] - after[:, :1]
    assert odds == pytest.approx(before - before[:, :1], abs=1e-3)
    assert after[:, 3] == pytest.approx(after[:, 4])
    assert after[:, 3] == pytest.approx(after[:, :3].mean(1), abs=1e-3)
    images, labels = shapes(400, 4, seed=3)
    perception.fit(images, one_hot(labels, 5), epochs=8)
    assert right(perception, *shapes(200, 4, seed=4)) > 0.95
    with pytest.raises(InputError, match=r"expected 5 to .* got 4"):
        perception.grow(4)


def test_the_same_seed_gives_the_same_weights():
    images, labels = shapes(200, 3)
    targets = one_hot(labels, 3)

    def trained(seed: int, *fresh: bool) -> np.ndarray:
        perception = ImagePerception((SIDE, SIDE), 3, seed=seed, width=4)
        for flag in fresh:
            perception.fit(images, targets, epochs=1, fresh=flag)
        return perception.log_probabilities(images)

    first = trained(0, False, False)
    assert (trained(0, False, False) == first).all()
    assert (trained(1, False, False) != first).any()
    assert (trained(0, False, True) != first).any()


def test_fitting_resumes_from_the_state():
    images, labels = shapes(200, 3)
    targets = one_hot(labels, 3)
    perception = ImagePerception((SIDE, SIDE), 3, seed=5, width=4)
    perception.fit(images, targets, epochs=1)
    other = copy(perception)
    for one in (perception, other):
        one.fit(images, targets, epochs=1)
    assert (perception.log_probabilities(images) == other.log_probabilities(images)).all()


def test_torch_settings_stay():
    import torch

    images, labels = shapes(20, 2)
    before, state = torch.get_num_threads(), torch.random.get_rng_state()
    torch.set_num_threads(2)
    try:
        perception = ImagePerception((SIDE, SIDE), 2, width=4)
        lines: list[str] = []
        perception.fit(images, one_hot(labels, 2), epochs=2, progress=lines.append)
        perception.read(images[:1])
        assert torch.get_num_threads() == 2
        assert float(torch.full((), 1e-40).mul(1.0)) > 0  # the smallest numbers count again
        assert (torch.random.get_rng_state() == state).all()
        assert [line.split(":")[0] for line in lines] == ["epoch 1 of 2", "epoch 2 of 2"]
    finally:
        torch.set_num_threads(before)


def test_reading_gives_names_and_the_best_first(learnt):
    images, labels = shapes(6, 3, seed=1)
    assert learnt.read([]) == []
    reading = learnt.read(list(images))
    assert [next(iter(symbols)) for symbols in reading] == [str(label) for label in labels]
    for symbols in reading:
        assert sum(symbols.values()) == pytest.approx(1, abs=1e-5)
        assert list(symbols.values()) == sorted(symbols.values(), reverse=True)
    assert [len(symbols) for symbols in learnt.read(images, top=2)] == [2] * 6
    named = ImagePerception((SIDE, SIDE), 2, width=4, names=["a", "b"])
    assert set(named.read(images)[0]) == {"a", "b"}
    with pytest.raises(InputError, match="give the new ones"):
        named.grow(3)
    named.grow(3, ["a", "b", "c"])
    assert set(named.read(images)[0]) == {"a", "b", "c"}


def test_saved_and_loaded_alike(learnt, tmp_path):
    images, _ = shapes(20, 3)
    learnt.save(tmp_path / "deep" / "er")
    again = ImagePerception.load(tmp_path / "deep" / "er")
    assert (again.log_probabilities(images) == learnt.log_probabilities(images)).all()
    assert again.state()[1] == learnt.state()[1]
    json.dumps(learnt.state()[1])
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == [FILE]


def test_wrong_models_are_one_error(learnt, tmp_path):
    with pytest.raises(InputError, match=r"perception\.safetensors: cannot read"):
        ImagePerception.load(tmp_path)
    for content in (b"", b"nonsense", b"\xff" * 100):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(InputError, match=r"perception\.safetensors: not a model"):
            ImagePerception.load(tmp_path)
    learnt.save(tmp_path)
    raw = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(raw[:-4])
    with pytest.raises(InputError, match="not a model"):
        ImagePerception.load(tmp_path)
    arrays, about = learnt.state()
    for key, value in (
        ("format", "other"),
        ("version", 99),
        ("shape", [SIDE]),
        ("shape", "big"),
        ("symbols", 4),
        ("width", 5),
        ("width", 10**9),
        ("names", ["a"]),
        ("seed", None),
    ):
        with pytest.raises(InputError):
            ImagePerception.from_state(arrays, about | {key: value})
    name = next(iter(arrays))
    for other in (arrays[name].astype(np.float64), arrays[name][:1], arrays[name] * np.nan):
        with pytest.raises(InputError, match=name):
            ImagePerception.from_state(arrays | {name: other}, about)
    with pytest.raises(InputError, match="names of the arrays"):
        ImagePerception.from_state({name: arrays[name]}, about)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        learnt.save(tmp_path / "file")


def test_wrong_arrays_are_one_error():
    images, labels = shapes(6, 2)
    targets = one_hot(labels, 2)
    perception = ImagePerception((SIDE, SIDE), 2, width=4)
    for wrong in (images[0], images[:, 1:], images.astype(np.float32)):
        with pytest.raises(InputError, match=r"expected pictures as uint8\[n, 16, 16\], got"):
            perception.fit(wrong, targets, epochs=1)
        with pytest.raises(InputError, match="expected pictures"):
            perception.log_probabilities(wrong)
    for other, text in (
        (targets[:3], "shape"),
        (one_hot(labels, 3), "shape"),
        (-targets, "below 0"),
        (targets * np.nan, "finite"),
        (0 * targets, "nothing to learn"),
    ):
        with pytest.raises(InputError, match=text):
            perception.fit(images, other, epochs=1)
    for weights, text in (
        (np.ones(3), "shape"),
        (-np.ones(6), "below 0"),
        (np.zeros(6), "nothing to learn"),
    ):
        with pytest.raises(InputError, match=text):
            perception.fit(images, targets, weights, epochs=1)
    with pytest.raises(InputError, match="epochs"):
        perception.fit(images, targets, epochs=0)
    with pytest.raises(InputError, match="views"):
        perception.log_probabilities(images, views=0)
    with pytest.raises(InputError, match="different sizes"):
        perception.read([images[0], images[0, 1:]])
    with pytest.raises(InputError, match="symbols"):
        ImagePerception((SIDE, SIDE), 0)
    with pytest.raises(InputError, match="height"):
        ImagePerception((2, 9), 1)
    with pytest.raises(InputError, match="names"):
        ImagePerception((9, 9), 2, names=["a"])
    assert perception.log_probabilities(images[:0]).shape == (0, 2)
