"""Pointer-generator: an LSTM with attention that may copy input tokens (See et al., 1704.04368).

A gate decides at each step how much of the probability is given to the tokens of the input, each as
much as it is attended to, instead of to the tokens of the vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.baselines.lstm import LSTM, Encoded

EPSILON = 1e-8


class Pointer(LSTM):
    """See the module.

    Args:
        sources, targets: numbers of tokens.
        same: int64[sources], for each source token the target token of the same text, or `PAD`.
        width, layers: see `LSTM`.
    """

    same: Tensor

    def __init__(self, sources: int, targets: int, same: Tensor, *, width: int, layers: int):
        super().__init__(sources, targets, width=width, layers=layers)
        self.gate = nn.Linear(width, 1)
        self.register_buffer("same", same, persistent=False)

    def encode_copying(self, source: Tensor) -> tuple[Encoded, Tensor]:
        """What the decoder looks at, and the target tokens int64[b, n] that copies would be."""
        return super().encode(source), self.same[source]

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """source int64[b, n], target int64[b, m] -> log-probabilities float[b, m, V]."""
        encoded, copies = self.encode_copying(source)
        states, weights = self.states(encoded, target)
        made = self.out(states).float().softmax(dim=2)
        keep = self.gate(states).float().sigmoid()
        where = copies[:, None].expand(-1, target.shape[1], -1)
        copied = torch.zeros_like(made).scatter_add(2, where, weights.float())
        found: Tensor = (keep * made + (1 - keep) * copied + EPSILON).log()
        return found
