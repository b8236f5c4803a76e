"""Transformer layers: pre-norm attention and feed-forward, stacked, shared or relaxed.

A stack of shared layers applies one layer again and again (Universal Transformer, Dehghani et al.,
1807.03819, without halting). Relaxed sharing adds to each matrix a low-rank one for every step
(LoRA; Bae et al., Relaxed Recursive Transformers, 2410.20672).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.baselines.positions import SCHEMES, NoPositions


class Linear(nn.Module):
    """A matrix, and for each step one of low rank that is added to it; at first zero.

    Args:
        n_in, n_out: sizes.
        steps: how often the layer is applied.
        rank: of what is added; 0 adds nothing.
    """

    def __init__(self, n_in: int, n_out: int, steps: int, rank: int):
        super().__init__()
        self.shared = nn.Linear(n_in, n_out)
        self.rank = rank
        if rank:
            self.down = nn.Parameter(torch.randn(steps, n_in, rank) * n_in**-0.5)
            self.up = nn.Parameter(torch.zeros(steps, rank, n_out))

    def forward(self, x: Tensor, step: int) -> Tensor:
        """float[..., n_in] -> float[..., n_out]."""
        y: Tensor = self.shared(x)
        return y + x @ self.down[step] @ self.up[step] if self.rank else y


class Attention(nn.Module):
    """Scaled dot-product attention with several heads."""

    def __init__(self, width: int, heads: int, positions: NoPositions, **relaxed: int):
        super().__init__()
        self.heads, self.positions = heads, positions
        self.query = Linear(width, width, **relaxed)
        self.key = Linear(width, width, **relaxed)
        self.value = Linear(width, width, **relaxed)
        self.out = Linear(width, width, **relaxed)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor, step: int) -> Tensor:
        """float[b, n, width] that looks at float[b, k, width].

        Args:
            x, memory: what looks, and what is looked at.
            mask: float[b or 1, 1, n or 1, k], added to the scores.
            step: how often the layer was applied before.
        """
        q = self._split(self.query(x, step))
        k = self._split(self.key(memory, step))
        v = self._split(self.value(memory, step))
        bias = self.positions.bias(q)
        mask = mask if bias is None else mask + bias
        q, k = self.positions.turn(q, k)
        # By hand: for short sequences and narrow heads twice as fast as the fused kernel on a CPU.
        scores = (q * q.shape[3] ** -0.5) @ k.transpose(2, 3) + mask.to(q.dtype)
        y = scores.softmax(dim=3).to(v.dtype) @ v
        found: Tensor = self.out(y.transpose(1, 2).flatten(2), step)
        return found

    def copies(self) -> None:
        """Start anew as a layer that says just what it looks at, on average over where it looks.

        The product of value and output matrices is the identity (2305.09828, section 4, which takes
        minus the identity for pictures and finds plus in language models).
        """
        with torch.no_grad():
            value = nn.init.orthogonal_(self.value.shared.weight)
            self.out.shared.weight.copy_(value.T)

    def _split(self, x: Tensor) -> Tensor:
        b, n, width = x.shape
        return x.view(b, n, self.heads, width // self.heads).transpose(1, 2).contiguous()


class Layer(nn.Module):
    """Self-attention, perhaps attention to an encoder's output, and a feed-forward network."""

    def __init__(
        self,
        width: int,
        heads: int,
        wide: int,
        scheme: str,
        cross: bool,
        dropout: float,
        **relaxed: int,
    ):
        super().__init__()
        self.own = Attention(width, heads, SCHEMES[scheme](width, heads), **relaxed)
        self.own_norm = nn.LayerNorm(width)
        self.cross = (
            Attention(width, heads, NoPositions(width, heads), **relaxed) if cross else None
        )
        self.cross_norm = nn.LayerNorm(width) if cross else None
        self.wide = Linear(width, wide, **relaxed)
        self.narrow = Linear(wide, width, **relaxed)
        self.wide_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor, step: int, memory: Tensor | None, memory_mask: Tensor | None
    ) -> Tensor:
        """float[b, n, width], see `Stack.forward`."""
        y = self.own_norm(x)
        x = x + self.dropout(self.own(y, y, mask, step))
        if self.cross is not None and self.cross_norm is not None:
            x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_mask, step))
        y = F.relu(self.wide(self.wide_norm(x), step))
        found: Tensor = x + self.dropout(self.narrow(y, step))
        return found


class Stack(nn.Module):
    """Layers one after the other and a last normalisation.

    Args:
        width, heads, layers, scheme: as named.
        wide: of the hidden layer of the feed-forward networks, in multiples of the width.
        cross: whether layers look at an encoder's output too.
        shared: one layer applied again and again.
        rank: of what each step adds to shared matrices.
        dropout: probability in training.
    """

    def __init__(
        self,
        *,
        width: int,
        heads: int,
        layers: int,
        scheme: str,
        wide: int = 2,
        cross: bool = False,
        shared: bool = False,
        rank: int = 0,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.steps, self.shared = layers, shared
        relaxed: dict[str, Any] = {"steps": layers if shared else 1, "rank": rank}
        number = 1 if shared else layers
        self.layers = nn.ModuleList(
            Layer(width, heads, wide * width, scheme, cross, dropout, **relaxed)
            for _ in range(number)
        )
        self.norm = nn.LayerNorm(width)

    def forward(
        self,
        x: Tensor,
        mask: Tensor,
        memory: Tensor | None = None,
        memory_mask: Tensor | None = None,
    ) -> Tensor:
        """float[b, n, width] -> the same.

        Args:
            x: embeddings.
            mask: float[b or 1, 1, n or 1, n], 0 where a query may look, else -inf.
            memory, memory_mask: an encoder's output and its mask float[b, 1, 1, k].
        """
        for step in range(self.steps):
            layer = self.layers[0 if self.shared else step]
            x = layer(x, mask, step if self.shared else 0, memory, memory_mask)
        found: Tensor = self.norm(x)
        return found

    def applied(self) -> int:
        """How many weights are applied to a token, shared ones as often as they are applied.

        Those for keys and values of an encoder's output are not, see `remembered`.
        """
        return self._often(self.layers) - self.remembered()

    def remembered(self) -> int:
        """How many weights are applied to a token of an encoder's output."""
        parts = [
            part
            for layer in self.layers
            if isinstance(layer, Layer) and layer.cross is not None
            for part in (layer.cross.key, layer.cross.value)
        ]
        return sum(map(self._often, parts))

    def _often(self, module: nn.Module) -> int:
        # What relaxes sharing is another part at each step, and the parameters are those of all.
        own = sum(p.numel() for name, p in module.named_parameters() if _is_own(name))
        every = sum(p.numel() for p in module.parameters())
        return (every - own) * (self.steps if self.shared else 1) + own


def _is_own(name: str) -> bool:
    return name.rpartition(".")[2] in ("down", "up")


def hidden(pads: Tensor) -> Tensor:
    """float[b, 1, 1, n]: -inf where bool[b, n] is true."""
    return torch.zeros(pads.shape).masked_fill(pads, float("-inf"))[:, None, None]


def causal(n: int) -> Tensor:
    """float[1, 1, n, n]: -inf where a key comes after the query."""
    return torch.full((n, n), float("-inf")).triu(1)[None, None]
