"""Encoder-decoder Transformer: absolute, relative, universal, relaxed (Vaswani et al., 2017).

The relative universal one is the strongest plain Transformer on SCAN and PCFG SET (Csordas et al.,
2108.12284). Here layers normalise first, which needs no long warm-up. A start at which attention
copies what it looks at makes small ones learn sooner (Trockman and Kolter, 2305.09828).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.baselines.attention import Attention, Stack, causal, hidden
from benchmarks.baselines.positions import SCHEMES
from benchmarks.baselines.tokens import PAD


class Transformer(nn.Module):
    """See the module.

    Args:
        sources: the number of source tokens, or a module int64[b, n] -> float[b, n, width].
        targets: the number of target tokens.
        width, heads: of all layers.
        encoder, decoder: numbers of layers.
        scheme: of positions, a key of `SCHEMES`.
        shared: encoder and decoder each apply one layer again and again.
        rank: of what each step adds to shared matrices.
        dropout: probability in training.
        joint: source and target tokens are the same ones and have the same embeddings; then
            `sources` equals `targets`. What is copied need not be learnt token by token.
        mimetic: attention starts as `Attention.copies` says, and the embeddings of tokens are
            scaled up, or what it adds would drown them (by the square root of the width; Vaswani et
            al., section 3.4).

    Raises:
        ValueError: if `joint` and the numbers of tokens differ.
    """

    def __init__(
        self,
        sources: int | nn.Module,
        targets: int,
        *,
        width: int,
        heads: int,
        encoder: int,
        decoder: int,
        scheme: str,
        shared: bool = False,
        rank: int = 0,
        dropout: float = 0.0,
        joint: bool = False,
        mimetic: bool = False,
    ):
        super().__init__()
        if joint and sources != targets:
            raise ValueError(f"joint embeddings: {targets} target tokens, but sources {sources!r}")
        own = nn.Embedding(sources, width) if isinstance(sources, int) and not joint else None
        self.said = nn.Embedding(targets, width)
        for table in (own, self.said):
            if table is not None:
                nn.init.normal_(table.weight, std=width**-0.5)
        self.read: nn.Module = sources if isinstance(sources, nn.Module) else own or self.said
        self.positions = SCHEMES[scheme](width, heads) if scheme == "absolute" else None
        options = {"width": width, "heads": heads, "scheme": scheme, "dropout": dropout}
        options |= {"shared": shared, "rank": rank}
        self.encoder = Stack(layers=encoder, **options)  # type: ignore[arg-type]
        self.decoder = Stack(layers=decoder, cross=True, **options)  # type: ignore[arg-type]
        self.bias = nn.Parameter(torch.zeros(targets))
        self.scale = width**0.5 if mimetic else 1.0
        self.source_scale = 1.0 if isinstance(sources, nn.Module) else self.scale
        if mimetic:
            for module in self.modules():
                if isinstance(module, Attention):
                    module.copies()

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """The encoder's output float[b, n, width] and its mask float[b, 1, 1, n]."""
        mask = hidden(source == PAD)
        return self.encoder(self._placed(self.read(source), self.source_scale), mask), mask

    def decode(self, encoded: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
        """Logits float[b, m, V]; the matrix that gives them is that of the embeddings."""
        x = self._placed(self.said(target), self.scale)
        y = self.decoder(x, causal(target.shape[1]), *encoded)
        logits: Tensor = y @ self.said.weight.T.to(y.dtype) + self.bias
        return logits

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """source int64[b, n], target int64[b, m] -> logits float[b, m, V]."""
        return self.decode(self.encode(source), target)

    def _placed(self, x: Tensor, scale: float) -> Tensor:
        return scale * (x if self.positions is None else self.positions.add(x))

    def applied(self) -> tuple[int, int]:
        """Weights applied to a source token and to a target token."""
        source = self.encoder.applied() + self.decoder.remembered()
        return source, self.decoder.applied() + self.said.weight.numel()
