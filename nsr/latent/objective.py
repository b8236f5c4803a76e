"""What is maximised: the likelihood of a pair under a latent program that the other pairs gave.

After Bonnet & Macfarlane (2024, Searching Latent Program Spaces, 2411.08706, sections 4.2 and 4.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from nsr.latent.canvas import Canvas
    from nsr.latent.network import Decoded, Network

STEP = 0.1
"""Rate of the inner steps of training, and of search."""


class Loss(NamedTuple):
    """What one batch costs, in nats: `total` is `misfit` and the weighted `divergence`."""

    total: Tensor
    misfit: Tensor
    divergence: Tensor


def log_likelihood(network: Network, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """How well latent programs explain pairs: log p(rows) + log p(columns) + mean log p(cell).

    The mean is over the cells that `y` really has, so that large outputs do not outweigh small
    ones. An empty output has no cells and only a size.

    Args:
        network: decodes.
        x, y: uint8[n, height, width] on the network's canvas.
        z: float32[n, latent].

    Returns:
        float32[n], at most 0.
    """
    return -misfit_of(network.canvas, network.decode(x, z), y)


def misfit_of(canvas: Canvas, decoded: Decoded, y: Tensor) -> Tensor:
    """-log p(rows) - log p(columns) - mean log p(cell) of outputs: float32[n]; see above."""
    real = y != canvas.void
    targets = torch.where(real, y, 0).long()
    logits = decoded.cells.flatten(0, 2).float()
    each = F.cross_entropy(logits, targets.flatten(), reduction="none")
    inside = real.flatten(1)
    misfit = (each.view(inside.shape) * inside).sum(1) / inside.sum(1).clamp(min=1)
    high, wide = real.any(2).sum(1), real.any(1).sum(1)
    misfit = misfit + F.cross_entropy(decoded.rows.float(), high, reduction="none")
    return misfit + F.cross_entropy(decoded.columns.float(), wide, reduction="none")


def leave_one_out(latents: Tensor) -> Tensor:
    """The mean of all other latents of the task.

    Args:
        latents: float[..., k, latent], one for each of k >= 2 pairs.

    Returns:
        float[..., k, latent]; place i does not depend on latent i.
    """
    pairs = latents.shape[-2]
    # Sums of the others themselves: a total less its own would let rounding errors of it through.
    others = 1 - torch.eye(pairs, dtype=latents.dtype, device=latents.device)
    return others @ latents / (pairs - 1)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats, summed over the last axis."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)


def loss(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    generator: torch.Generator,
    beta: float,
    inner: int = 0,
    jitter: float = 0.0,
) -> Loss:
    """The objective of training, for tasks of k pairs each.

    Each pair is decoded with the mean of latents drawn for the other pairs. With `inner` steps that
    mean first climbs the likelihood of those other pairs; the steps are constants for the gradient
    (straight-through), so the encoder learns to start well and the decoder to be climbed.

    Args:
        network: in training.
        x, y: uint8[tasks, k, height, width], k >= 2; k >= 3 with inner steps is of more use.
        generator: draws the latents.
        beta: weight of the divergence from the prior.
        inner: number of steps.
        jitter: standard deviation of normal noise on what pairs are decoded with, meant to keep
            programs that the decoder tells apart away from each other.
    """
    tasks, pairs = x.shape[:2]
    flat_x, flat_y = x.flatten(0, 1), y.flatten(0, 1)
    mean, log_variance = network.encode(flat_x, flat_y)
    noise = torch.randn(mean.shape, generator=generator)
    drawn = mean + noise * (0.5 * log_variance).exp()
    context = leave_one_out(drawn.view(tasks, pairs, -1)).flatten(0, 1)
    if inner:
        others = (~torch.eye(pairs, dtype=torch.bool)).nonzero()[:, 1].view(pairs, pairs - 1)
        support = x[:, others].flatten(0, 1), y[:, others].flatten(0, 1)
        context = context + climbed(network, *support, context.detach(), inner) - context.detach()
    if jitter:
        context = context + jitter * torch.randn(context.shape, generator=generator)
    misfit = -log_likelihood(network, flat_x, flat_y, context).mean()
    kl = divergence(mean, log_variance).mean()
    return Loss(misfit + beta * kl, misfit, kl)


def climbed(network: Network, x: Tensor, y: Tensor, z: Tensor, steps: int) -> Tensor:
    """Latents after some steps of Adam up the likelihood of their pairs.

    Args:
        network: decodes.
        x, y: uint8[n, k, height, width].
        z: float32[n, latent], without gradient.
        steps: how many.
    """
    pairs = x.shape[1]
    flat_x, flat_y = x.flatten(0, 1), y.flatten(0, 1)
    ascent = Adam(z)
    for _ in range(steps):
        z = z.requires_grad_()
        score = log_likelihood(network, flat_x, flat_y, z.repeat_interleave(pairs, 0)).sum()
        (gradient,) = torch.autograd.grad(score, z)
        z = z.detach() + ascent.step(gradient, STEP)
    return z


class Adam:
    """Steps uphill for latents, each on its own (Kingma & Ba 2015, both decay rates 0.9)."""

    DECAY = 0.9

    def __init__(self, z: Tensor):
        self._first, self._second = torch.zeros_like(z), torch.zeros_like(z)
        self._count = 0

    def step(self, gradient: Tensor, rate: float) -> Tensor:
        """The step that follows on a gradient of the same shape."""
        self._count += 1
        self._first = torch.lerp(gradient, self._first, self.DECAY)
        self._second = torch.lerp(gradient**2, self._second, self.DECAY)
        right = 1 - self.DECAY**self._count
        return rate * (self._first / right) / ((self._second / right).sqrt() + 1e-8)
