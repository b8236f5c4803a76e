"""Searching for the latent program of a task at test time. Each strategy is a few lines.

A strategy gives the latents it visited with the likelihood of the task's pairs under each; which of
them is kept is decided in one place (`Visited.best`). All tasks of a batch have the same number of
pairs and are searched at once, each on its own but for the random numbers that they share out.

After Bonnet & Macfarlane (2024, Searching Latent Program Spaces, 2411.08706, section 4.3). Other
than there, steps decay along a cosine, and the number of steps can be chosen by pairs that are held
out: the latent that fits its pairs best is not the one that serves the next input best.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from nsr.errors import InputError
from nsr.latent.network import Network
from nsr.latent.objective import STEP, Adam, log_likelihood

FOLDS = 8
"""How often a search is done without some of its pairs, at most."""


class Support:
    """The pairs of some tasks, and how well latents explain them.

    Args:
        network: encodes and decodes; its weights are not changed.
        x, y: uint8[tasks, pairs, height, width] on its canvas.
        known: float32[b, latent], programs that others can be made of; see `nsr.latent.parts`.
        spend: called with the number of pairs, times parts of programs, before they are decoded;
            may raise.

    Raises:
        InputError: if the shapes do not fit.
    """

    def __init__(
        self,
        network: Network,
        x: Tensor,
        y: Tensor,
        *,
        known: Tensor | None = None,
        spend: Callable[[int], None] | None = None,
    ):
        if x.ndim != 4 or x.shape != y.shape or not x.shape[1]:
            raise InputError(
                "expected pairs as uint8[tasks, pairs, height, width] of one shape, "
                f"got {list(x.shape)} and {list(y.shape)}"
            )
        self.network, self.x, self.y = network, x, y
        self.known, self.spend = known, spend
        with torch.no_grad():
            mean, log_variance = network.encode(x.flatten(0, 1), y.flatten(0, 1))
        self.means = mean.view(*x.shape[:2], -1)
        """float32[tasks, pairs, latent]: what the encoder makes of each pair."""
        self.spread = (0.5 * log_variance).exp().view_as(self.means)
        """Its standard deviations."""

    @property
    def start(self) -> Tensor:
        """float32[tasks, latent]: the mean over pairs, in whatever order they come."""
        return self.means.mean(1)

    def scores(self, z: Tensor) -> Tensor:
        """Log likelihood of a task's pairs, summed: float[tasks, c, latent] -> float[tasks, c]."""
        pairs, candidates = self.x.shape[1], z.shape[1]
        each = z.repeat_interleave(pairs, 1).flatten(0, 1)
        x, y = (side.repeat(1, candidates, 1, 1).flatten(0, 1) for side in (self.x, self.y))
        split = (torch.split(side, self.network.at_once) for side in (x, y, each))
        found = []
        for part in zip(*split, strict=True):
            self._pay(part[2])
            found.append(log_likelihood(self.network, *part))
        return torch.cat(found).view(len(z), candidates, pairs).sum(2)

    def fitted(self, z: Tensor) -> Tensor:
        """Whether all pairs of a task come out right: float32[tasks, latent] -> bool[tasks]."""
        each = z.repeat_interleave(self.x.shape[1], 0)
        self._pay(each)
        with torch.no_grad():
            given = self.network.answers(self.x.flatten(0, 1), each)
        return (given.view_as(self.y) == self.y).flatten(1).all(1)

    def _pay(self, z: Tensor) -> None:
        # Of float[n, parts * latent]: each part is decoded.
        if self.spend is not None:
            self.spend(z.numel() // self.network.size.latent)

    def climb(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of float[tasks, c, latent], and their gradients."""
        z = z.detach().requires_grad_()
        scores = self.scores(z)
        (gradient,) = torch.autograd.grad(scores.sum(), z)
        return scores.detach(), gradient

    def folds(self) -> tuple[Support, Support]:
        """Every task some times, each time without one pair, and with that pair alone.

        With more than `FOLDS` pairs several are left out at a time; each is left out at least once.
        Both are of `tasks * folds` tasks, those of a task one after the other.
        """
        pairs = self.x.shape[1]
        size = -(-pairs // FOLDS)
        folds = -(-pairs // size)
        out = torch.arange(folds * size).view(folds, size) % pairs
        rest = torch.ones(folds, pairs).scatter(1, out, 0.0).nonzero()[:, 1].view(folds, -1)

        def only(places: Tensor) -> Support:
            return self._with(lambda side: side[:, places].flatten(0, 1))

        return only(rest), only(out)

    def among(self, tasks: Tensor) -> Support:
        """Some of the tasks, by bool[tasks]."""
        return self._with(lambda side: side[tasks])

    def _with(self, change: Callable[[Tensor], Tensor]) -> Support:
        # What is encoded is not encoded again.
        other = object.__new__(Support)
        other.network, other.known, other.spend = self.network, self.known, self.spend
        for name in ("x", "y", "means", "spread"):
            setattr(other, name, change(getattr(self, name)))
        return other


@dataclass(frozen=True)
class Visited:
    """Latents that a strategy looked at.

    Args:
        latents: float32[tasks, c, latent]; the first is where the search began.
        scores: float32[tasks, c]: see `Support.scores`.
    """

    latents: Tensor
    scores: Tensor

    @property
    def best(self) -> Tensor:
        """float32[tasks, latent]: those of the highest scores, so never worse than the start."""
        place = self.scores.nan_to_num(nan=-math.inf).argmax(1)
        return self.latents[torch.arange(len(place)), place]

    @property
    def order(self) -> Tensor:
        """int64[c]: places of the first task's latents that count, best first."""
        scores = self.scores[0].nan_to_num(nan=-math.inf)
        places = scores.argsort(descending=True, stable=True)
        return places[scores[places] > -math.inf]

    def joined(self, other: Visited) -> Visited:
        """What was looked at in both searches, this one first."""
        latents = torch.cat([self.latents, other.latents], 1)
        return Visited(latents, torch.cat([self.scores, other.scores], 1))


class Strategy(Protocol):
    """How to search."""

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """Latents visited, the encoder's mean first.

        Args:
            support: the pairs.
            generator: of all randomness.
        """
        ...


@dataclass(frozen=True)
class Mean:
    """No search: what the encoder says."""

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `Strategy`."""
        z = support.start[:, None]
        with torch.no_grad():
            return Visited(z, support.scores(z))


@dataclass(frozen=True)
class Random:
    """Normal noise around the encoder's mean.

    Args:
        samples: how many points.
        scale: standard deviation.
    """

    samples: int = 250
    scale: float = 0.5

    def __post_init__(self) -> None:
        if self.samples < 0 or not 0 <= self.scale < math.inf:
            raise InputError(f"expected samples and a finite scale from 0 on, got {self}")

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `Strategy`."""
        start = support.start[:, None]
        noise = torch.randn((len(start), self.samples, start.shape[2]), generator=generator)
        z = torch.cat([start, start + self.scale * noise], 1)
        with torch.no_grad():
            return Visited(z, support.scores(z))


@dataclass(frozen=True)
class Gradient:
    """Gradient ascent from the encoder's mean, and from points around it.

    Args:
        steps: of each start.
        rate: of the first step; later ones decay along a cosine.
        optimizer: "adam" or "sgd".
        pull: weight of the squared distance from the start, which is held against the score.
        starts: 1 for the mean alone.
        scale: standard deviation of the other starts around the mean.
        held_out: whether the number of steps is chosen by pairs that are held out in turn. Costs
            as many searches more as there are pairs, at most `FOLDS`; with one pair there is
            nothing to hold out.
    """

    steps: int = 20
    rate: float = STEP
    optimizer: str = "adam"
    pull: float = 0.0
    starts: int = 1
    scale: float = 0.3
    held_out: bool = False

    def __post_init__(self) -> None:
        if self.optimizer not in ("adam", "sgd"):
            raise InputError(f"expected optimizer adam or sgd, got {self.optimizer!r}")
        if self.steps < 0 or self.starts < 1:
            raise InputError(f"expected steps from 0 and starts from 1 on, got {self}")
        if not all(0 <= n < math.inf for n in (self.rate, self.pull, self.scale)):
            raise InputError(f"expected finite rate, pull and scale from 0 on, got {self}")

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `Strategy`."""
        noise = torch.randn(
            (len(support.x), self.starts, support.start.shape[1]), generator=generator
        )
        noise[:, 0] = 0
        last = None
        if self.held_out and support.x.shape[1] > 1:
            last = self._chosen(support, noise)
        return self.path(support, support.start[:, None] + self.scale * noise, last)

    def path(self, support: Support, starts: Tensor, last: Tensor | None = None) -> Visited:
        """All points of the ascent from float[tasks, starts, latent], step by step.

        Args:
            support: the pairs.
            starts: where to begin.
            last: int[tasks]: only points of so many steps or fewer count; all by default.
        """
        z, ascent = starts, Adam(starts)
        latents, scores = [], []
        for step in range(self.steps + 1):
            found, gradient = support.climb(z)
            latents.append(z)
            scores.append(found)
            gradient = gradient - 2 * self.pull * (z - starts)
            rate = self.rate * 0.5 * (1 + math.cos(math.pi * step / max(1, self.steps)))
            move = ascent.step(gradient, rate) if self.optimizer == "adam" else rate * gradient
            z = z + move
        all_scores = torch.stack(scores, 1)
        if last is not None:
            late = torch.arange(self.steps + 1) > last[:, None]
            all_scores[late] = -math.inf
        return Visited(torch.stack(latents, 1).flatten(1, 2), all_scores.flatten(1))

    def _chosen(self, support: Support, noise: Tensor) -> Tensor:
        # The number of steps after which the pairs that were left out are explained best.
        kept, held = support.folds()
        folds = len(kept.x) // len(support.x)
        starts = kept.start[:, None] + self.scale * noise.repeat_interleave(folds, 0)
        visited = self.path(kept, starts)
        with torch.no_grad():
            scores = held.scores(visited.latents)
        shape = (len(support.x), folds, self.steps + 1, self.starts)
        return scores.view(shape).mean(3).sum(1).argmax(1)


@dataclass(frozen=True)
class Evolution:
    """Separable CMA-ES (Ros & Hansen 2008): a normal distribution follows its best samples.

    Args:
        generations, population: of samples, at least 2 in a population.
        scale: standard deviation at first.
    """

    generations: int = 20
    population: int = 16
    scale: float = 0.3

    def __post_init__(self) -> None:
        if self.generations < 0 or self.population < 2 or not 0 <= self.scale < math.inf:
            raise InputError(
                "expected generations from 0, a population from 2 and a finite scale from 0 on, "
                f"got {self}"
            )

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `Strategy`."""
        tasks, size = support.start.shape
        paces = _Paces.of(size, self.population)
        mean, variance = support.start, torch.ones(tasks, size)
        sigma = torch.full((tasks, 1), self.scale)
        path, path_sigma = torch.zeros(2, tasks, size)
        latents = [mean[:, None]]
        with torch.no_grad():
            scores = [support.scores(latents[0])]
            for generation in range(1, self.generations + 1):
                noise = torch.randn((tasks, self.population, size), generator=generator)
                moves = noise * variance.sqrt()[:, None]
                latents.append(mean[:, None] + sigma[:, None] * moves)
                scores.append(support.scores(latents[-1]))
                order = scores[-1].argsort(1, descending=True)[:, : len(paces.weights), None]
                best = moves.gather(1, order.expand(-1, -1, size))
                move = (paces.weights[:, None] * best).sum(1)
                mean = mean + sigma * move
                path_sigma = paces.followed(path_sigma, move / variance.sqrt(), paces.sigma)
                length = path_sigma.norm(dim=1, keepdim=True) / paces.expected
                # The path of the mean waits while the steps are still growing.
                settled = math.sqrt(1 - (1 - paces.sigma) ** (2 * generation))
                calm = length < (1.4 + 2 / (size + 1)) * settled
                path = paces.followed(path, calm * move, paces.path)
                spread = (paces.weights[:, None] * best**2).sum(1)
                stay = 1 - paces.one - paces.many
                variance = stay * variance + paces.one * path**2 + paces.many * spread
                sigma = sigma * ((paces.sigma / paces.damping) * (length - 1)).exp()
            latents.append(mean[:, None])
            scores.append(support.scores(latents[-1]))
        return Visited(torch.cat(latents, 1), torch.cat(scores, 1))


@dataclass(frozen=True)
class _Paces:
    """How fast the parts of separable CMA-ES follow, for a size and a population."""

    weights: Tensor
    effective: float
    sigma: float
    damping: float
    path: float
    one: float
    many: float
    expected: float

    @classmethod
    def of(cls, size: int, population: int) -> _Paces:
        parents = max(1, population // 2)
        weights = math.log(parents + 0.5) - torch.arange(1, parents + 1).log()
        weights = weights / weights.sum()
        effective = 1 / float((weights**2).sum())
        sigma = (effective + 2) / (size + effective + 5)
        one = 2 / ((size + 1.3) ** 2 + effective)
        many = 2 * (effective - 2 + 1 / effective) / ((size + 2) ** 2 + effective)
        # Only variances are learnt, so they may be learnt faster than a whole matrix.
        faster = (size + 2) / 3
        return cls(
            weights,
            effective,
            sigma,
            damping=1 + sigma + 2 * max(0.0, math.sqrt((effective - 1) / (size + 1)) - 1),
            path=4 / (size + 4),
            one=min(0.5, one * faster),
            many=min(0.5, max(0.0, many) * faster),
            expected=math.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size**2)),
        )

    def followed(self, path: Tensor, move: Tensor, pace: float) -> Tensor:
        """A path of steps after one more."""
        return (1 - pace) * path + math.sqrt(pace * (2 - pace) * self.effective) * move


@dataclass(frozen=True)
class Hybrid:
    """Evolution first, then gradient ascent from its best.

    Args:
        evolution, gradient: the two halves.
    """

    evolution: Evolution = Evolution(generations=10)
    gradient: Gradient = Gradient(steps=10)

    def search(self, support: Support, generator: torch.Generator) -> Visited:
        """See `Strategy`."""
        first = self.evolution.search(support, generator)
        then = self.gradient.path(support, first.best[:, None])
        return first.joined(then)
