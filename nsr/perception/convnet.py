"""A small convolutional network for pictures of single symbols, trained on soft targets.

Import this module only where it is used: it loads torch. Everything runs on one thread and draws
from its own generators, so that one seed gives the same weights.

The fixed first layers are a blur, which makes strokes of one pixel about three pixels wide, and one
bilinear resampling to `Plan.side`. The resampling also turns, shears, scales, shifts and bends the
picture at random while training (elastic distortions: Simard, Steinkraus and Platt 2003), so
augmentation costs next to nothing. Then comes a convolution with a large kernel and stride, then
3x3 convolutions, all with batch normalisation (Ioffe and Szegedy 2015), in stages that halve the
picture, and a linear layer.

Where the processor multiplies matrices of bfloat16 (AMX), the convolutions use that: half the time,
no measurable loss. Elsewhere everything is float32. Weights are float32 in both cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nsr.threads import half_precision

Weights: TypeAlias = dict[str, Tensor]

BATCH, LEAST_BATCH, LEAST_STEPS = 128, 16, 8
"""Pictures in a step. Few pictures: smaller steps, so that a pass has at least so many of them."""
PEAK_RATE = 8e-3
DECAY = 0.02
MOMENTUM = 0.1
EPSILON = 1e-5
TURN, SHEAR, STRETCH, SHIFT = math.radians(12), 0.2, 0.15, 0.06
"""Largest turn (radians), shear, change of scale, and shift (share of the side) while training."""
BEND, KNOTS = 0.08, 4
"""Largest shift of one of the knots x knots points that bend the picture (half its side is 1)."""
GAIN = (1.4, 3.0)
"""Factors of brightness before it is cut at 1: faint strokes look thin, bright ones thick."""
CHUNK = 1024


@dataclass(frozen=True)
class Plan:
    """The network's measures.

    Args:
        side: of the resampled picture, in pixels.
        kernel: side of the first layer's kernel.
        stride: of the first layer.
        stages: channels of the layers of each stage; the picture is halved between stages.
    """

    side: int
    kernel: int
    stride: int
    stages: tuple[tuple[int, ...], ...]

    @property
    def features(self) -> int:
        """The number of inputs of the linear layer."""
        side = -(-self.side // self.stride)
        for _ in self.stages[1:]:
            side //= 2
        pooled = -(-side // 2)
        return self.stages[-1][-1] * pooled * pooled


def generator(*numbers: int) -> torch.Generator:
    """A source of randomness for these numbers."""
    seed = np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed >> np.uint64(1)))


def new_weights(plan: Plan, symbols: int, source: torch.Generator) -> Weights:
    """Weights at the start (He et al. 2015); the linear layer is zero: all symbols alike."""
    weights: Weights = {}
    before, number = 1, 0
    for stage in plan.stages:
        for width in stage:
            side = 3 if number else plan.kernel
            scale = math.sqrt(2.0 / (side * side * before))
            kernel = torch.randn(width, before, side, side, generator=source) * scale
            weights[f"conv{number}"] = kernel
            weights[f"scale{number}"] = torch.ones(width)
            weights[f"shift{number}"] = torch.zeros(width)
            weights[f"mean{number}"] = torch.zeros(width)
            weights[f"variance{number}"] = torch.ones(width)
            before, number = width, number + 1
    weights["linear"] = torch.zeros(symbols, plan.features)
    weights["bias"] = torch.zeros(symbols)
    return weights


def grown(weights: Weights, symbols: int) -> Weights:
    """More outputs: the old ones keep their odds, each new one gets their mean logit everywhere."""
    result = dict(weights)
    for name in ("linear", "bias"):
        old = weights[name] - weights[name].mean(0)
        result[name] = torch.cat([old, old.new_zeros(symbols - len(old), *old.shape[1:])])
    return result


def blurred(images: NDArray[np.uint8]) -> Tensor:
    """uint8[n, h, w] blurred with the kernel (1 2 1) in both directions, at half brightness."""
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = (kernel[:, None] * kernel).view(1, 1, 3, 3) / 8
    result = torch.empty(images.shape, dtype=torch.uint8)
    for start in range(0, len(images), CHUNK):
        part = torch.from_numpy(images[start : start + CHUNK]).float().unsqueeze(1)
        part = F.conv2d(part, kernel, padding=1).squeeze(1)
        result[start : start + CHUNK] = part.clamp_(max=255).byte()
    return result


@dataclass(frozen=True)
class Views:
    """How pictures are seen.

    Args:
        maps: float32[n, 2, 3], affine maps of the coordinates, which go from -1 to 1.
        bends: float32[n, 2, knots, knots], shifts that are added, interpolated in between.
        gains: float32[n], factors of brightness.
    """

    maps: Tensor
    bends: Tensor
    gains: Tensor

    def repeated(self, count: int) -> Views:
        """The one view of n = 1 for so many pictures."""
        shapes = ((count, 2, 3), (count, 2, KNOTS, KNOTS), (count,))
        parts = (self.maps, self.bends, self.gains)
        return Views(*(part.expand(shape) for part, shape in zip(parts, shapes, strict=True)))


def plain(count: int) -> Views:
    """As they are."""
    maps = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).expand(count, 2, 3)
    middle = (GAIN[0] + GAIN[1]) / 2
    return Views(maps, torch.zeros(count, 2, KNOTS, KNOTS), torch.full((count,), middle))


def distorted(count: int, source: torch.Generator, strength: float = 1.0) -> Views:
    """Drawn at random, each measure evenly up to its largest size times the strength."""

    def spread(size: float, *shape: int) -> Tensor:
        return (torch.rand(count, *shape, generator=source) * 2 - 1) * (size * strength)

    turn, shear = spread(TURN), spread(SHEAR)
    wide, high = 1 + spread(STRETCH), 1 + spread(STRETCH)
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = [cos * wide, (shear - sin) * high, spread(2 * SHIFT)]
    rows += [sin * wide, cos * high, spread(2 * SHIFT)]
    maps = torch.stack(rows, 1).view(count, 2, 3)
    bends = spread(BEND, 2, KNOTS, KNOTS)
    return Views(maps, bends, (GAIN[0] + GAIN[1]) / 2 + spread((GAIN[1] - GAIN[0]) / 2))


def resampled(images: Tensor, views: Views, side: int) -> Tensor:
    """float32[n, 1, side, side] in 0..1 from blurred uint8[n, h, w]."""
    grid = F.affine_grid(views.maps, [len(images), 1, side, side], align_corners=False)
    between = _interpolation(side)
    grid = grid + (between @ views.bends @ between.T).permute(0, 2, 3, 1)
    # One pixel of margin, so that the wider strokes at the border are not cut.
    grid = grid * (1 + 2 / min(images.shape[1:]))
    result = F.grid_sample(images.unsqueeze(1).float(), grid, align_corners=False)
    return (result * (views.gains.view(-1, 1, 1, 1) / 255)).clamp_(max=1.0)


@cache
def _interpolation(side: int) -> Tensor:
    # Cubic, from knots to pixels: float32[side, knots].
    eye = torch.eye(KNOTS)[None, None]
    return F.interpolate(eye, (side, KNOTS), mode="bicubic", align_corners=True)[0, 0]


def logits(plan: Plan, weights: Weights, x: Tensor, *, training: bool) -> Tensor:
    """float32[n, symbols] of resampled pictures; training updates the running statistics."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half_precision()):
        x = _convolved(plan, weights, x, training)
    x = F.avg_pool2d(x, 2, ceil_mode=True).flatten(1).float()
    return F.linear(x, weights["linear"], weights["bias"])


def _convolved(plan: Plan, weights: Weights, x: Tensor, training: bool) -> Tensor:
    x = x.contiguous(memory_format=torch.channels_last)
    number = 0
    for level, stage in enumerate(plan.stages):
        if level:
            x = F.max_pool2d(x, 2)
        for _ in stage:
            kernel = weights[f"conv{number}"]
            stride = 1 if number else plan.stride
            x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
            x = F.batch_norm(
                x,
                weights[f"mean{number}"],
                weights[f"variance{number}"],
                weights[f"scale{number}"],
                weights[f"shift{number}"],
                training,
                MOMENTUM,
                EPSILON,
            )
            x = F.relu_(x)
            number += 1
    return x


def train(
    plan: Plan,
    weights: Weights,
    images: Tensor,
    targets: Tensor,
    importance: Tensor,
    *,
    epochs: int,
    source: torch.Generator,
    rate: float = 1.0,
    progress: Callable[[str], None] | None = None,
) -> Weights:
    """Weights after `epochs` passes: AdamW, one cycle of the learning rate, distorted pictures.

    Args:
        plan: the network.
        weights: where to start.
        images: blurred uint8[n, h, w].
        targets: float32[n, symbols], rows that sum to 1.
        importance: float32[n], of mean 1.
        epochs: at least 1.
        source: of all randomness.
        rate: factor of the learning rate.
        progress: called with a line of text after each pass.
    """
    weights = {name: value.clone() for name, value in weights.items()}
    learnt = [n for n in weights if not n.startswith(("mean", "variance"))]
    for name in learnt:
        value = weights[name]
        if value.ndim == 4:
            value = value.contiguous(memory_format=torch.channels_last)
        weights[name] = value.requires_grad_()
    kernels = [weights[n] for n in learnt if weights[n].ndim > 1]
    others = [weights[n] for n in learnt if weights[n].ndim == 1]
    groups = [{"params": kernels, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK_RATE, fused=True)
    size = min(BATCH, max(LEAST_BATCH, len(images) // LEAST_STEPS))
    batches = max(1, len(images) // size)
    step, last = 0, epochs * batches
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=source)
        total = 0.0
        for rows in torch.tensor_split(order, batches):
            for group in optimizer.param_groups:
                group["lr"] = rate * PEAK_RATE * _cycle((step + 0.5) / last)
            x = resampled(images[rows], distorted(len(rows), source), plan.side)
            scores = F.log_softmax(logits(plan, weights, x, training=True), 1)
            loss = -(importance[rows] * (targets[rows] * scores).sum(1)).mean()
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
            total += loss.item()
            step += 1
        if progress is not None:
            progress(f"epoch {epoch + 1} of {epochs}: loss {total / batches:.4f}")
    return {name: value.detach().contiguous() for name, value in weights.items()}


def _cycle(share: float) -> float:
    # Up for the first fifth, then down along a cosine.
    if share < 0.2:
        return 0.1 + 0.9 * share / 0.2
    return 0.5 * (1 + math.cos(math.pi * (share - 0.2) / 0.8))


@torch.no_grad()
def log_probabilities(plan: Plan, weights: Weights, images: Tensor, views: int) -> Tensor:
    """float32[n, symbols] of blurred pictures.

    With more than one view it is the logarithm of the mean over the picture and distorted copies.
    """
    parts = []
    source = generator(views)
    looks = [plain(1)] + [distorted(1, source, 0.5) for _ in range(views - 1)]
    for part in torch.split(images, CHUNK):
        seen = []
        for look in looks:
            x = resampled(part, look.repeated(len(part)), plan.side)
            seen.append(F.log_softmax(logits(plan, weights, x, training=False), 1))
        parts.append(torch.logsumexp(torch.stack(seen), 0) - math.log(views))
    return torch.cat(parts)
