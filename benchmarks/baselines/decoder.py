"""Decoder-only Transformer: input, a separator, output, read from left to right.

The position schemes are those compared by Kazemnejad et al. (2305.19466): none, ALiBi, rotary, T5
bias, absolute.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.baselines.attention import Stack, causal
from benchmarks.baselines.positions import SCHEMES
from benchmarks.baselines.tokens import PAD


class Decoder(nn.Module):
    """See the module; sources and targets have embeddings of their own.

    Args:
        sources, targets: numbers of tokens.
        width, heads, layers: as named.
        scheme: of positions, a key of `SCHEMES`.
        dropout: probability in training.
    """

    def __init__(
        self,
        sources: int,
        targets: int,
        *,
        width: int,
        heads: int,
        layers: int,
        scheme: str,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.read = nn.Embedding(sources, width)
        self.said = nn.Embedding(targets, width)
        for table in (self.read, self.said):
            nn.init.normal_(table.weight, std=width**-0.5)
        self.positions = SCHEMES[scheme](width, heads) if scheme == "absolute" else None
        self.stack = Stack(width=width, heads=heads, layers=layers, scheme=scheme, dropout=dropout)
        self.bias = nn.Parameter(torch.zeros(targets))

    def encode(self, source: Tensor) -> Tensor:
        """The source itself: it is read together with the target."""
        return source

    def decode(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits float[b, m, V]."""
        n, m = source.shape[1], target.shape[1]
        lengths = (source != PAD).sum(1, keepdim=True)
        # Targets follow at once upon their sources, whatever the longest source of the batch is.
        places = torch.arange(n + m)
        order = torch.where(places < lengths, places, (places + n - lengths).clamp(max=n + m - 1))
        x = torch.cat([self.read(source), self.said(target)], dim=1)
        x = x.gather(1, order[..., None].expand(-1, -1, x.shape[2]))
        x = x if self.positions is None else self.positions.add(x)
        y = self.stack(x, causal(n + m))
        out = (lengths + torch.arange(m))[..., None].expand(-1, -1, y.shape[2])
        y = y.gather(1, out)
        logits: Tensor = y @ self.said.weight.T.to(y.dtype) + self.bias
        return logits

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """source int64[b, n], target int64[b, m] -> logits float[b, m, V]."""
        return self.decode(self.encode(source), target)

    def applied(self) -> tuple[int, int]:
        """Weights applied to a source token and to a target token."""
        return self.stack.applied(), self.stack.applied() + self.said.weight.numel()
