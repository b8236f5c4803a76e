"""The supervised reference for handwritten arithmetic: the same network on true symbol labels.

It says how much is lost by learning from values alone: the machine's decoder with this perception
is the upper bound that the weakly supervised perception is held against.

    python -m benchmarks._hint_supervised FOLDER [--seed N] [--width N] [--epochs N] [--test]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks._learning import cpu_seconds
from benchmarks.suites import needed_folder
from benchmarks.suites._files import read_arrays
from benchmarks.suites.hint import NEEDS, SUITE, WORDS
from nsr.perception.images import ImagePerception

EPOCHS: Final = 10
WIDTH: Final = 32


def glyphs(split: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The pictures of the symbols of arithmetic in a split, and their true symbols.

    Args:
        split: "train", "val" or "test"; their writers differ.

    Returns:
        uint8[m, h, w], and int64[m] with positions in `WORDS`.

    Raises:
        InputError: if the data are missing or damaged.
    """
    path = needed_folder(SUITE.name, NEEDS) / "symbols.npz"
    found: list[Any] = read_arrays(path, "images", "labels", "classes", "split", "split_names")
    images, labels, classes, splits, names = found
    position = np.array([WORDS.index(c) if c in WORDS else -1 for c in classes.tolist()])
    symbols = position[labels]
    keep = (symbols >= 0) & (names[splits] == split)
    return images[keep], symbols[keep]


def train(*, seed: int = 0, width: int = WIDTH, epochs: int = EPOCHS) -> ImagePerception:
    """A perception that learnt from the true labels of all training pictures.

    Its symbols are `WORDS`, in this order.

    Raises:
        InputError: if the data are missing or damaged.
    """
    images, symbols = glyphs("train")
    shape = (images.shape[1], images.shape[2])
    perception = ImagePerception(shape, len(WORDS), seed=seed, width=width, names=WORDS)
    targets = np.eye(len(WORDS), dtype=np.float32)[symbols]
    perception.fit(images, targets, epochs=epochs, progress=print)
    return perception


def accuracy(perception: ImagePerception, split: str, *, views: int = 1) -> dict[str, float]:
    """How well it reads the pictures of a split.

    Returns:
        share of right symbols, its mean over the classes, and mean -log p(true symbol) in nats.
    """
    images, symbols = glyphs(split)
    scores = perception.log_probabilities(images, views=views)
    right = scores.argmax(1) == symbols
    of_class = [right[symbols == one].mean() for one in np.unique(symbols)]
    surprise = -scores[np.arange(len(symbols)), symbols].mean(dtype=np.float64)
    return {
        "accuracy": round(float(right.mean()), 4),
        "balanced_accuracy": round(float(np.mean(of_class)), 4),
        "nats": round(float(surprise), 4),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, and print what it reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks._hint_supervised")
    parser.add_argument("folder", type=Path, help="where the perception is saved")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--test", action="store_true", help="read the test pictures too")
    options = parser.parse_args(arguments)
    begun = cpu_seconds()
    perception = train(seed=options.seed, width=options.width, epochs=options.epochs)
    spent = cpu_seconds() - begun
    perception.save(options.folder)
    print(f"{spent:.0f} CPU-seconds, saved in {options.folder}")
    for split in ("val", "test") if options.test else ("val",):
        print(split, accuracy(perception, split))


if __name__ == "__main__":
    main()
