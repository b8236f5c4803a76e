"""Batches of sequences of about the same length, the same ones for the same seed and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from benchmarks.baselines.tokens import END, PAD, START

NOISE: Final = 2.0
"""Sequences are sorted by length plus uniform noise up to this, so that batches differ."""
TOKENS: Final = 16_384
"""So many tokens of a batch at most, padding included; bounds the memory of long sequences."""


@dataclass(frozen=True)
class Sequences:
    """Encoded pairs.

    Args:
        sources: numbers of the input tokens, or of pictures.
        targets: numbers of the output tokens.
    """

    sources: Sequence[Sequence[int]]
    targets: Sequence[Sequence[int]]

    def __len__(self) -> int:
        return len(self.sources)


def stream(data: Sequences, size: int, seed: int) -> Iterator[list[int]]:
    """Batches as lists of rows, epoch after epoch, without end.

    Args:
        data: at least one sequence.
        size: of a batch, at most.
        seed: of the order, with the epoch.
    """
    epoch = 0
    while True:
        rng = np.random.default_rng([seed, epoch])
        noise = rng.random(len(data)) * NOISE
        found = chunks(data, size, noise.tolist())
        yield from (found[i] for i in rng.permutation(len(found)))
        epoch += 1


def chunks(data: Sequences, size: int, noise: Sequence[float] | None = None) -> list[list[int]]:
    """All rows in batches of at most `size` sequences and `TOKENS` tokens, shortest first."""
    lengths = [len(x) + len(y) for x, y in zip(data.sources, data.targets, strict=True)]
    noisy = np.array(lengths) + (0 if noise is None else np.array(noise))
    found: list[list[int]] = []
    longest = 0
    for row in np.argsort(noisy, kind="stable").tolist():
        longest = max(longest, lengths[row])
        if not found or len(found[-1]) == size or (len(found[-1]) + 1) * longest > TOKENS:
            found.append([])
            longest = lengths[row]
        found[-1].append(row)
    return found


def sources(data: Sequences, rows: Sequence[int]) -> Tensor:
    """int64[b, n]: the sources with an end, padded on the right."""
    return padded([[*data.sources[i], END] for i in rows])


def targets(data: Sequences, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
    """int64[b, m] twice: what the model reads, from the start, and what it has to say."""
    read = padded([[START, *data.targets[i]] for i in rows])
    said = padded([[*data.targets[i], END] for i in rows])
    return read, said


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """int64[b, n] of rows padded on the right with `PAD`.

    >>> padded([[5], [6, 7]]).tolist()
    [[5, 0], [6, 7]]
    """
    found = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for place, row in zip(found, rows, strict=True):
        place[: len(row)] = row
    return torch.from_numpy(found)
