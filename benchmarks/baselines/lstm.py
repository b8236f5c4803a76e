"""LSTM with attention: bidirectional encoder, decoder, dot attention, second decoder.

After Bahdanau et al. (1409.0473) and Luong et al. (1508.04025). What was attended to goes into a
second LSTM instead of back into the first, so that each runs over all time steps at once.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.baselines.attention import hidden
from benchmarks.baselines.tokens import PAD

Encoded: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Output float[b, n, width], mask float[b, 1, 1, n], last state float[1, b, width]."""


class Bidirectional(nn.Module):
    """LSTM layers that read forwards and backwards, each over what both found before.

    Not `nn.LSTM(bidirectional=True)` on packed sequences, which computes the same but is much
    slower on a CPU: only padded sequences have a fused kernel.

    Args:
        width: of input and output; even.
        layers: how many.
    """

    def __init__(self, width: int, layers: int):
        super().__init__()
        sizes = {"input_size": width, "hidden_size": width // 2, "batch_first": True}
        self.ahead = nn.ModuleList(nn.LSTM(**sizes) for _ in range(layers))
        self.back = nn.ModuleList(nn.LSTM(**sizes) for _ in range(layers))

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs float[b, n, width], arbitrary where padded, and the last state float[b, width].

        Args:
            x: float[b, n, width], padded on the right.
            lengths: int64[b], at least 1.
        """
        turn = (lengths[:, None] - 1 - torch.arange(x.shape[1])) % x.shape[1]  # its own inverse
        turn = turn[:, :, None].expand(-1, -1, x.shape[2] // 2)
        for ahead, back in zip(self.ahead, self.back, strict=True):
            turned, _ = back(x.gather(1, turn.repeat(1, 1, 2)))
            x = torch.cat([ahead(x)[0], turned.gather(1, turn)], dim=2)
        half = x.shape[2] // 2
        return x, torch.cat([x[torch.arange(len(x)), lengths - 1, :half], x[:, 0, half:]], dim=1)


class LSTM(nn.Module):
    """See the module.

    Args:
        sources: the number of source tokens, or a module int64[b, n] -> float[b, n, width].
        targets: the number of target tokens.
        width: of everything; even.
        layers: of the encoder.
    """

    def __init__(self, sources: int | nn.Module, targets: int, *, width: int, layers: int):
        super().__init__()
        self.read = nn.Embedding(sources, width) if isinstance(sources, int) else sources
        self.said = nn.Embedding(targets, width)
        self.encoder = Bidirectional(width, layers)
        self.first = nn.LSTM(width, width, batch_first=True)
        self.second = nn.LSTM(2 * width, width, batch_first=True)
        self.out = nn.Linear(width, targets)

    def encode(self, source: Tensor) -> Encoded:
        """What the decoder starts from and looks at."""
        pads = source == PAD
        outputs, last = self.encoder(self.read(source), (~pads).sum(1))
        return outputs, hidden(pads), last[None]

    def states(self, encoded: Encoded, target: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's states float[b, m, width], and where it looks float[b, m, n]."""
        outputs, mask, start = encoded
        before, _ = self.first(self.said(target), (start, torch.zeros_like(start)))
        scores = before @ outputs.transpose(1, 2).to(before.dtype) + mask[:, 0].to(before.dtype)
        weights = F.softmax(scores, dim=2)
        seen = weights @ outputs.to(weights.dtype)
        after, _ = self.second(torch.cat([before, seen.to(before.dtype)], dim=2))
        return after, weights

    def decode(self, encoded: Encoded, target: Tensor) -> Tensor:
        """Logits float[b, m, V]."""
        logits: Tensor = self.out(self.states(encoded, target)[0])
        return logits

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """source int64[b, n], target int64[b, m] -> logits float[b, m, V]."""
        return self.decode(self.encode(source), target)

    def applied(self) -> tuple[int, int]:
        """Weights applied to a source token and to a target token."""
        parts = (self.first, self.second, self.out)
        return _size(self.encoder), sum(map(_size, parts))


def _size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
