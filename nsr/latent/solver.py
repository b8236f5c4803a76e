"""`LatentSolver`: learns a family of tasks, then solves a task by searching its latent program."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nsr.errors import InputError
from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Cells, Drawn
from nsr.latent.composition import Composition
from nsr.latent.family import Family
from nsr.latent.files import NETWORK, read_arrays, write_arrays
from nsr.latent.network import Network
from nsr.latent.parts import IDLE, PARTS, TASKS, known_programs, with_idle
from nsr.latent.search import Gradient, Strategy, Support, Visited
from nsr.latent.symmetry import KINDS, Symmetries, View
from nsr.latent.training import Schedule, Source, Trainer
from nsr.seeds import check_seed
from nsr.task import Task
from nsr.threads import one_thread
from nsr.values import Value

PAIRS = 4
"""Pairs of a task in one step of training, if every task has as many."""
LOOKED = 256
"""Batches of a source that are looked at to know its family."""
DECODED = 64
"""Visited latents that are decoded for an answer, those of the highest scores."""
KNOWN = "known"
"""The array of known programs in a file, beside the weights."""


class LatentSolver:
    """A learnt space of programs for one family of tasks.

    Args:
        canvas: of the family; the smallest that holds the tasks of `fit` by default.
        size, schedule: of the network and of its training.
        symmetries: views under which the family stays the same, see `nsr.latent.symmetry.KINDS`;
            training sees all of them.
        strategy: how a task is searched; gradient ascent by default, and with more than one part
            their composition.
        parts: most parts of a program at test time, each like a program of training. With more
            than one, some tasks of training are changed into such that do nothing, and the distinct
            programs of training are kept.
        views: how many views of a task vote.
        seed: of the weights, of training and of search.

    Attributes:
        network_: the trained network.
        family_: what its tasks looked like.
        known_: the distinct programs of training, float32[b, latent], if there are parts.
        losses_: of training, see `nsr.latent.training.Progress`.

    >>> from nsr import LatentSolver, Task
    >>> from nsr.latent.training import Schedule
    >>> pairs = [((1, 2), (2, 1)), ((3, 1), (1, 3)), ((2, 3), (3, 2)), ((1, 3), (3, 1))]
    >>> solver = LatentSolver(schedule=Schedule(steps=20)).fit([Task.from_pairs(
    ...     [(list(x), list(y)) for x, y in pairs])])
    >>> solver.family_.inputs.symbols
    (1, 2, 3)
    """

    def __init__(
        self,
        canvas: Canvas | None = None,
        *,
        size: Size | None = None,
        schedule: Schedule | None = None,
        symmetries: str = "none",
        strategy: Strategy | None = None,
        parts: int = 1,
        views: int = 1,
        seed: int = 0,
    ):
        for name, value in (("parts", parts), ("views", views)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, got {value}")
        check_seed(seed)
        if symmetries not in KINDS:
            raise InputError(f"expected symmetries {' or '.join(KINDS)}, got {symmetries!r}")
        self.canvas = canvas
        self.size, self.schedule = size or Size(), schedule or Schedule()
        self.symmetries, self.parts, self.views, self.seed = symmetries, parts, views, seed
        self.strategy: Strategy = strategy or (Composition(parts) if parts > 1 else Gradient())
        self.network_: Network | None = None
        self.family_: Family | None = None
        self.known_: Tensor | None = None
        self.losses_: list[tuple[int, float, float]] = []
        self.cpu_seconds_ = 0.0

    # -- learning --------------------------------------------------------------------------------
    def fit(
        self,
        tasks: Sequence[Task] | Source,
        *,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> LatentSolver:
        """Learn the family.

        Args:
            tasks: tasks of at least two examples each; or a function that draws batches of them,
                called with a NumPy generator and a number of tasks (the canvas must be given then).
            checkpoint: a file that training writes now and then.
            resume: go on from the checkpoint.
            progress: called with a line of text now and then.

        Raises:
            InputError: if a task does not fit the canvas, has fewer than two examples, the source
                gives something else, the checkpoint is of another training, or the misfit is no
                number any more.
        """
        if callable(tasks):
            if self.canvas is None:
                raise InputError("a source of tasks needs a canvas")
            canvas, source = self.canvas, tasks
            # One batch tells sources apart well enough.
            first = source(np.random.default_rng([self.seed, 2]), 32)
            _check_source(canvas, first)
            digest = _digest([first])
            rng = np.random.default_rng([self.seed, 2])
            family = Family.of(canvas, (source(rng, 32) for _ in range(LOOKED)))
        else:
            canvas = self.canvas or Canvas.of(tasks, square="poses" in self.symmetries)
            drawn = [canvas.examples(task) for task in tasks]
            source = sampled(drawn, [task.name for task in tasks])
            family, digest = Family.of(canvas, drawn), _digest(drawn)
        views = Symmetries(canvas, self.symmetries)
        family = views.widened(family)

        def seen(rng: np.random.Generator, count: int) -> Drawn:
            drawn = views.shuffle(source(rng, count), rng)
            return with_idle(drawn, rng) if self.parts > 1 else drawn

        path = None if checkpoint is None else Path(checkpoint)
        with one_thread(), torch.random.fork_rng():
            torch.manual_seed(self.seed)
            network = Network(canvas, self.size)
            trainer = Trainer(
                network,
                seen,
                self.schedule,
                seed=self.seed,
                about={
                    "symmetries": views.kind,
                    "tasks": digest,
                    **({"idle": IDLE} if self.parts > 1 else {}),
                },
            )
            if resume:
                if path is None:
                    raise InputError("to go on, the checkpoint must be named")
                trainer.restore(path)
            self._set(trainer.run(checkpoint=path, say=progress), family)
            if self.parts > 1:
                known = seen(np.random.default_rng([self.seed, 4]), TASKS)
                pairs = torch.from_numpy(known.x), torch.from_numpy(known.y)
                self.known_ = known_programs(trainer.late, *pairs)
        self.losses_ = trainer.progress.losses
        self.cpu_seconds_ = trainer.progress.cpu_seconds
        return self

    def _set(self, network: Network, family: Family, known: Tensor | None = None) -> None:
        self.network_, self.known_ = network.eval().requires_grad_(False), known
        self.family_ = family

    # -- use -------------------------------------------------------------------------------------
    def solve(
        self,
        task: Task,
        *,
        strategy: Strategy | None = None,
        seed: int | None = None,
        spend: Callable[[int], None] | None = None,
    ) -> LatentSolution:
        """Search the latent program of a task.

        Args:
            task: its examples, and queries to be answered.
            strategy, seed: of this search; the solver's own by default.
            spend: called with the number of pairs before they are decoded.

        Raises:
            DeclinedError: if the task is not of the family.
            InputError: if it does not fit the canvas, or nothing has been learnt yet.
        """
        network, family = self._learnt()
        drawn = family.canvas.examples(task)
        queries = family.canvas.queries(task)
        family.check(drawn, queries)
        seed = self.seed if seed is None else seed
        check_seed(seed)
        strategy = strategy or self.strategy
        rng = np.random.default_rng([seed, 3])
        views = Symmetries(family.canvas, self.symmetries).views(self.views, rng)
        generator = torch.Generator().manual_seed(seed)
        found = []
        with one_thread():
            for view in views:
                x, y = (torch.from_numpy(view.see(side)[None]) for side in (drawn.x, drawn.y))
                support = Support(network, x, y, known=self.known_, spend=spend)
                found.append(Look(view, strategy.search(support, generator), support))
        return LatentSolution(task, network, tuple(found), tuple(queries))

    def _learnt(self) -> tuple[Network, Family]:
        if self.network_ is None or self.family_ is None:
            raise InputError("nothing has been learnt yet: call fit or load")
        return self.network_, self.family_

    # -- files -----------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write network and family into one safetensors file.

        Raises:
            InputError: if that is not possible, or nothing has been learnt yet.
        """
        network, family = self._learnt()
        about = {
            "format": NETWORK,
            "family": family.as_json(),
            "size": network.size.as_json(),
            "symmetries": self.symmetries,
            "parts": self.parts,
        }
        known = {} if self.known_ is None else {KNOWN: self.known_}
        write_arrays(path, {**network.state_dict(), **known}, about)

    @classmethod
    def load(
        cls, path: str | Path, *, strategy: Strategy | None = None, views: int = 1, seed: int = 0
    ) -> LatentSolver:
        """The solver that `save` wrote.

        Args:
            path: of the file.
            strategy, views, seed: see the class.

        Raises:
            InputError: if the file holds none, or a corrupt or foreign one.
        """
        arrays, about = read_arrays(path, NETWORK)
        try:
            family = Family.from_json(about["family"])
            network = Network(family.canvas, Size(**about["size"]))
            known = arrays.pop(KNOWN, None)
            network.load_state_dict(arrays)
            symmetries = Symmetries(family.canvas, about["symmetries"]).kind
            parts = int(about.get("parts", 1))
            if not 1 <= parts <= PARTS:
                raise ValueError(f"expected 1 to {PARTS} parts, got {parts}")
            if known is not None and known.shape[1:] != (network.size.latent,):
                raise ValueError(f"known programs of {list(known.shape)} numbers")
        except (
            KeyError,
            IndexError,
            TypeError,
            ValueError,
            OverflowError,
            RuntimeError,
        ) as error:
            reason = f"{type(error).__name__} {str(error).splitlines()[0]}"
            raise InputError(f"not a latent solver: {reason}", source=str(path)) from None
        numbers = [*arrays.values(), *([] if known is None else [known])]
        if not all(bool(value.isfinite().all()) for value in numbers):
            raise InputError("not a latent solver: weights are not finite", source=str(path))
        solver = cls(
            family.canvas,
            size=network.size,
            symmetries=symmetries,
            strategy=strategy,
            parts=parts,
            views=views,
            seed=seed,
        )
        solver._set(network, family, known)
        return solver


@dataclass(frozen=True)
class Look:
    """One view of a task and what was visited there."""

    view: View
    visited: Visited
    support: Support


@dataclass(frozen=True)
class LatentSolution:
    """Latent programs of a task; true if the best one gives every example's output.

    Args:
        task: what was asked.
        network: decodes.
        looks: views of the task, the plain one first, with the latents visited in each.
        queries: the task's, each uint8[height, width] on the canvas.
    """

    task: Task
    network: Network
    looks: tuple[Look, ...]
    queries: tuple[Cells, ...]

    def __bool__(self) -> bool:
        look = self.looks[0]
        drawn = Drawn(look.support.x[0].numpy(), look.support.y[0].numpy())
        answers = self._decoded(drawn.x, self.latent[None].repeat(len(drawn), 0))
        return bool((answers == drawn.y).all())

    @property
    def latent(self) -> NDArray[np.float32]:
        """float32[latent]: the best in the plain view."""
        return self.looks[0].visited.best[0].numpy()

    def latents(self, count: int) -> Iterator[NDArray[np.float32]]:
        """Up to so many visited latents of the plain view, float32[latent], best first."""
        visited = self.looks[0].visited
        for place in visited.order[:count]:
            yield visited.latents[0, place].numpy()

    def apply(self, value: Value) -> Value:
        """The best answer to a new input; views vote.

        Raises:
            InputError: if it does not fit the canvas.
        """
        return self._ranked(self.network.canvas.draw(value))[0]

    def attempts(self, query: int, count: int = 2) -> list[Value]:
        """Up to so many distinct answers to a query, best first.

        Raises:
            InputError: if the task has no such query.
        """
        if not 0 <= query < len(self.queries):
            raise InputError(f"expected one of {len(self.queries)} queries, got {query}")
        return self._ranked(self.queries[query])[:count]

    def _ranked(self, cells: Cells) -> list[Value]:
        # An answer ranks by the views whose best latent gives it, then by the best score of a
        # latent that gives it. So a second attempt is another output, not another latent.
        votes: dict[bytes, int] = {}
        scores: dict[bytes, float] = {}
        for look in self.looks:
            order = look.visited.order[:DECODED]
            latents = look.visited.latents[0, order].numpy()
            seen = look.view.see(cells)[None].repeat(len(latents), 0)
            for place, answer in enumerate(self._decoded(seen, latents)):
                key = look.view.undo(answer).tobytes()
                score = float(look.visited.scores[0, order[place]])
                votes[key] = votes.get(key, 0) + (place == 0)
                scores[key] = max(score, scores.get(key, score))
        ranked = sorted(votes, key=lambda key: (votes[key], scores[key]), reverse=True)
        canvas = self.network.canvas
        shape = (canvas.height, canvas.width)
        return [canvas.value(np.frombuffer(key, np.uint8).reshape(shape)) for key in ranked]

    def _decoded(self, x: Cells, z: NDArray[np.float32]) -> Cells:
        return self.network.run(x, z)


def _check_source(canvas: Canvas, drawn: object) -> None:
    wanted = f"uint8[tasks, 2 or more, {canvas.height}, {canvas.width}] up to {canvas.void}, twice"
    if not isinstance(drawn, Drawn):
        raise InputError(f"expected a source of Drawn, {wanted}, got {type(drawn).__name__}")
    shape = (canvas.height, canvas.width)
    for cells in (drawn.x, drawn.y):
        fits = cells.ndim == 4 and cells.shape[1] > 1 and cells.shape[2:] == shape
        if not fits or cells.dtype != np.uint8 or cells.shape != drawn.x.shape:
            got = f"{cells.dtype}{list(cells.shape)}"
            raise InputError(f"expected a source of Drawn, {wanted}, got {got}")
        if cells.size and int(cells.max()) > canvas.void:
            raise InputError(f"expected a source of Drawn, {wanted}, got a {int(cells.max())}")


def _digest(parts: Iterable[Drawn]) -> str:
    """What tells these pairs, in this order, from others."""
    digest = hashlib.sha256()
    for drawn in parts:
        for side in (drawn.x, drawn.y):
            digest.update(str(side.shape).encode())
            digest.update(np.ascontiguousarray(side).data)
    return digest.hexdigest()


def sampled(tasks: Sequence[Drawn], names: Sequence[str] = ()) -> Source:
    """A source that draws tasks evenly, and some pairs of each, all distinct.

    Raises:
        InputError: naming a task with fewer than two pairs.
    """
    if not tasks:
        raise InputError("expected at least one task, got none")
    for number, task in enumerate(tasks):
        if len(task) < 2:
            name = names[number] if names else f"task {number + 1}"
            raise InputError(f"expected at least two examples, got {len(task)}", source=name)
    pairs = min(PAIRS, min(len(task) for task in tasks))

    def draw(rng: np.random.Generator, count: int) -> Drawn:
        chosen = [tasks[i] for i in rng.integers(len(tasks), size=count)]
        places = [rng.permutation(len(task))[:pairs] for task in chosen]
        parts = [task[place] for task, place in zip(chosen, places, strict=True)]
        return Drawn(np.stack([p.x for p in parts]), np.stack([p.y for p in parts]))

    return draw
