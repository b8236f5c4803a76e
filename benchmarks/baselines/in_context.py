"""An in-context Transformer on tasks of grids or sequences, and its fine-tuning at test time.

The pairs of a task and the input that is asked about are one row of tokens with full attention
among all; the output is read at the tokens of that input, all cells at once. Blocks, patches and
optimisers are those of `nsr.latent`, so that the comparison is one of methods: what is left out is
the latent program.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas
from nsr.latent.network import Decoded, Network
from nsr.latent.objective import Loss, misfit_of


class InContext(Network):
    """See the module; `size.encoder + size.decoder` blocks, all of them without latents.

    Args:
        canvas: of inputs and outputs.
        size: of the network.
    """

    def __init__(self, canvas: Canvas, size: Size):
        blocks = size.encoder + size.decoder
        heads = size.heads or Size().heads  # pairs meet in attention only
        super().__init__(canvas, replace(size, heads=heads, encoder=blocks, decoder=1))
        self.size = size
        del self.decoder, self.summary, self.summary_norm, self.mean, self.log_variance

    def ask(self, x: Tensor, y: Tensor, query: Tensor) -> Decoded:
        """Logits of the outputs of queries.

        Args:
            x, y: uint8[n, pairs, height, width], the pairs that are shown.
            query: uint8[n, height, width].
        """
        n, pairs = x.shape[:2]
        shown = self.look_input(self._patches(x.flatten(0, 1)))
        shown = shown + self.look_output(self._patches(y.flatten(0, 1))) + self.place_pair
        asked = self.look_query(self._patches(query)) + self.place_query
        tokens = torch.cat([shown.view(n, -1, shown.shape[2]), asked], 1)
        # Offsets are those on the canvas, between pairs too.
        offsets = self.offsets.repeat(pairs + 1, pairs + 1)
        for block in self.encoder:
            tokens = block(tokens, offsets)
        tokens = self.norm(tokens[:, -asked.shape[1] :])
        whole = tokens.mean(1)
        return Decoded(self._cells(self.cells(tokens)), self.rows(whole), self.columns(whole))


def objective(
    network: InContext, x: Tensor, y: Tensor, *, generator: torch.Generator, **_: object
) -> Loss:
    """The loss of a batch: the last pair of every task is asked, all others are shown.

    Half of the time one pair less is shown, so that fine-tuning at test time, which has to hold one
    out, meets what was trained.
    """
    shown = x.shape[1] - 1
    first = int(torch.randint(2, (1,), generator=generator)) if shown > 2 else 0
    decoded = network.ask(x[:, first:-1], y[:, first:-1], x[:, -1])
    misfit = misfit_of(network.canvas, decoded, y[:, -1]).mean()
    return Loss(misfit, misfit, torch.zeros(()))


def answers(network: InContext, x: Tensor, y: Tensor, query: Tensor) -> Tensor:
    """The most likely outputs, uint8[n, height, width]; arguments as of `InContext.ask`."""
    with torch.no_grad():
        return network.drawn(network.ask(x, y, query))


def tuned(network: InContext, x: Tensor, y: Tensor, *, steps: int, rate: float) -> InContext:
    """A copy of all weights, trained on one task's pairs, each asked with the others shown.

    Args:
        network: is not changed.
        x, y: uint8[pairs, height, width].
        steps, rate: of AdamW.
    """
    found = copy.deepcopy(network).requires_grad_(True)
    pairs = len(x)
    others = (~torch.eye(pairs, dtype=torch.bool)).nonzero()[:, 1].view(pairs, pairs - 1)
    optimizer = torch.optim.AdamW(found.parameters(), lr=rate, weight_decay=0.0)
    for _ in range(steps):
        misfit = misfit_of(found.canvas, found.ask(x[others], y[others], x), y).mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(misfit)
        nn.utils.clip_grad_norm_(found.parameters(), 1.0)
        optimizer.step()
    return found
