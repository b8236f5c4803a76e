"""Training a network on a family of tasks, so that it can be interrupted and goes on exactly."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from nsr.errors import InputError
from nsr.latent.canvas import Drawn
from nsr.latent.files import TRAINING, read_arrays, write_arrays
from nsr.latent.network import Network
from nsr.latent.objective import Loss, loss
from nsr.threads import half_precision

Source: TypeAlias = Callable[[np.random.Generator, int], Drawn]
"""Called with a generator and a number of tasks: pairs as uint8[tasks, k, height, width]."""

Net = TypeVar("Net", bound=Network)

Objective: TypeAlias = Callable[..., Loss]
"""Called as `nsr.latent.objective.loss` is."""

REPORT, KEEP = 500, 100
"""Steps between two lines of progress, and between two checkpoints."""


@dataclass(frozen=True)
class Schedule:
    """How a network is trained: Muon for matrices (Jordan 2024) and AdamW for all else, along a
    cosine, and the mean of late weights kept.

    With Muon the latents found by search generalise much earlier than with AdamW alone.

    Args:
        steps: of the optimisers.
        tasks: in a batch.
        rate: highest learning rate of matrices; reached after `warmup` steps, it falls to 0.
        rate_other: that of all other weights.
        warmup: steps.
        decay: of weights.
        clip: longest gradient.
        beta: weight of the divergence from the prior.
        inner: steps that the latent climbs before it is decoded, in the last `inner_share` of all
            steps (more CPU time than it is worth before).
        inner_share: see there.
        jitter: noise on the latent that a pair is decoded with, see `nsr.latent.objective.loss`.
        mean: share of the old mean of weights that stays in a step (exponential moving average).

    Raises:
        InputError: if a number is out of range.
    """

    steps: int = 8000
    tasks: int = 32
    rate: float = 1e-2
    rate_other: float = 2e-3
    warmup: int = 200
    decay: float = 0.01
    clip: float = 1.0
    beta: float = 1e-5
    inner: int = 0
    inner_share: float = 0.1
    jitter: float = 0.0
    mean: float = 0.999

    def __post_init__(self) -> None:
        for name, low, high in (
            ("steps", 1, 10**8),
            ("tasks", 1, 10**5),
            ("rate", 1e-9, 1.0),
            ("rate_other", 1e-9, 1.0),
            ("warmup", 0, 10**8),
            ("decay", 0.0, 1.0),
            ("clip", 1e-9, 1e9),
            ("inner", 0, 100),
            ("inner_share", 0.0, 1.0),
            ("beta", 0.0, 1e3),
            ("jitter", 0.0, 1e3),
            ("mean", 0.0, 1.0),
        ):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            fits = whole or (
                isinstance(value, float) and isinstance(getattr(type(self), name), float)
            )
            if not fits or not low <= value <= high:
                raise InputError(f"schedule: {name} must be {low} to {high}, got {value!r}")

    def share_at(self, step: int) -> float:
        """Share of the highest learning rates in a step, from 0 on."""
        warm = min(1.0, (step + 1) / max(1, self.warmup))
        return warm * 0.5 * (1 + math.cos(math.pi * step / self.steps))

    def inner_at(self, step: int) -> int:
        """Inner steps of a step."""
        return self.inner if step >= self.steps * (1 - self.inner_share) else 0

    def as_json(self) -> dict[str, Any]:
        """Plain values; `Schedule(**values)` is the schedule again."""
        return asdict(self)


@dataclass
class Progress:
    """How far a training is.

    Args:
        step: steps done.
        losses: every `REPORT` steps, the step, the mean misfit since the last, the divergence.
        cpu_seconds: spent, also before interruptions.
        since: misfit and divergence summed, and steps, since the last of `losses`.
    """

    step: int = 0
    losses: list[tuple[int, float, float]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    since: tuple[float, float, int] = (0.0, 0.0, 0)


class Trainer(Generic[Net]):
    """A network with all that its training needs to go on.

    Args:
        network: to be trained, in place.
        source: gives the tasks.
        schedule: how.
        seed: of the tasks and of the latents drawn; the weights are the caller's.
        objective: what is minimised.
        about: plain values that tell this training from others, such as a digest of its tasks.
    """

    def __init__(
        self,
        network: Net,
        source: Source,
        schedule: Schedule,
        *,
        seed: int = 0,
        objective: Objective = loss,
        about: Mapping[str, Any] | None = None,
    ):
        self._objective = objective
        self._about = {"seed": seed, **(about or {})}
        self.network, self.source, self.schedule = network, source, schedule
        self.progress = Progress()
        self.late = copy.deepcopy(network)
        """The mean of late weights: what is used in the end."""
        matrices = {id(m.weight): m.weight for m in network.modules() if isinstance(m, nn.Linear)}
        others = [p for p in network.parameters() if id(p) not in matrices]
        decay, rate = schedule.decay, schedule.rate
        self._optimizers: dict[str, tuple[torch.optim.Optimizer, float]] = {
            "muon": (
                torch.optim.Muon(
                    list(matrices.values()),
                    lr=rate,
                    weight_decay=decay,
                    adjust_lr_fn="match_rms_adamw",
                ),
                rate,
            ),
            "adamw": (
                torch.optim.AdamW(
                    others, lr=rate, betas=(0.9, 0.99), weight_decay=decay, fused=True
                ),
                schedule.rate_other,
            ),
        }
        self._rng = np.random.default_rng([seed, 1])
        self._generator = torch.Generator().manual_seed(seed)

    def run(
        self,
        *,
        checkpoint: Path | None = None,
        say: Callable[[str], None] | None = None,
        until: int | None = None,
    ) -> Net:
        """Train to the end, or until a step; gives the mean of late weights.

        Args:
            checkpoint: a file that is written every `KEEP` steps.
            say: called with a line of text now and then.
            until: the last step, if it is not that of the schedule.

        Raises:
            InputError: if the checkpoint cannot be written, or the misfit is no number any more.
        """
        last = self.schedule.steps if until is None else min(until, self.schedule.steps)
        started = time.process_time() - self.progress.cpu_seconds
        while self.progress.step < last:
            # Ctrl-C inside a step leaves weights and moments half changed: then the last
            # checkpoint counts, and none is written here.
            misfit, divergence = (float(part) for part in self._step())
            one, two, count = self.progress.since
            self.progress.since = one + misfit, two + divergence, count + 1
            self.progress.step += 1
            self.progress.cpu_seconds = time.process_time() - started
            if self.progress.step % REPORT == 0 or self.progress.step == last:
                one, two, count = self.progress.since
                misfit, divergence = one / count, two / count
                if not math.isfinite(misfit):
                    raise InputError(
                        f"training came to nothing by step {self.progress.step}: the misfit is "
                        f"{misfit}; a lower rate may help"
                    )
                self.progress.losses.append((self.progress.step, misfit, divergence))
                self.progress.since = 0.0, 0.0, 0
                if say is not None:
                    say(
                        f"step {self.progress.step} of {self.schedule.steps}: misfit "
                        f"{misfit:.4f}, {self.progress.cpu_seconds:.0f} CPU-s"
                    )
            if checkpoint is not None and self.progress.step % KEEP == 0:
                self.save(checkpoint)
        return self.late

    def _step(self) -> tuple[Tensor, Tensor]:
        step, schedule = self.progress.step, self.schedule
        drawn = self.source(self._rng, schedule.tasks)
        for optimizer, rate in self._optimizers.values():
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = rate * schedule.share_at(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=half_precision()):
            found = self._objective(
                self.network,
                torch.from_numpy(drawn.x),
                torch.from_numpy(drawn.y),
                generator=self._generator,
                beta=schedule.beta,
                inner=schedule.inner_at(step),
                jitter=schedule.jitter,
            )
        torch.autograd.backward(found.total)
        nn.utils.clip_grad_norm_(self.network.parameters(), schedule.clip)
        for optimizer, _ in self._optimizers.values():
            optimizer.step()
        # At first the mean follows the weights closely, as the first ones are worth nothing.
        stay = min(schedule.mean, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.late.parameters()), list(self.network.parameters()), 1 - stay
            )
        return found.misfit.detach(), found.divergence.detach()

    # -- checkpoints -----------------------------------------------------------------------------
    def save(self, path: Path) -> None:
        """Write everything into one safetensors file.

        Raises:
            InputError: if that is not possible.
        """
        arrays: dict[str, Tensor] = {}
        for name, net in (("now", self.network), ("late", self.late)):
            arrays |= {f"{name}.{k}": v for k, v in net.state_dict().items()}
        for name, (optimizer, _) in self._optimizers.items():
            for i, state in optimizer.state_dict()["state"].items():
                arrays |= {f"{name}.{i}.{k}": torch.as_tensor(v) for k, v in state.items()}
        arrays["generator"] = self._generator.get_state()
        about = {
            "format": TRAINING,
            "plan": self._plan(),
            "progress": asdict(self.progress),
            "rng": self._rng.bit_generator.state,
        }
        write_arrays(path, arrays, about)

    def restore(self, path: Path) -> None:
        """Go on where `save` was called; the same steps follow as without the interruption.

        Raises:
            InputError: if there is no such file, or it is of another training; it says in what.
        """
        arrays, about = read_arrays(path, TRAINING)
        plan, kept = self._plan(), about.get("plan")
        if kept != plan:
            known = kept if isinstance(kept, dict) else {}
            parts = ", ".join(name for name in plan if plan[name] != known.get(name))
            text = f"this checkpoint is of another training: it differs in {parts or 'its plan'}"
            raise InputError(text, source=str(path))
        try:
            for name, net in (("now", self.network), ("late", self.late)):
                own = {k[len(name) + 1 :]: v for k, v in arrays.items() if k.startswith(f"{name}.")}
                net.load_state_dict(own)
            for name, (optimizer, _) in self._optimizers.items():
                state: dict[int, dict[str, Tensor]] = {}
                for key in (k for k in arrays if k.startswith(f"{name}.")):
                    _, number, moment = key.split(".", 2)
                    state.setdefault(int(number), {})[moment] = arrays[key]
                groups = optimizer.state_dict()["param_groups"]
                optimizer.load_state_dict({"state": state, "param_groups": groups})
            self._generator.set_state(arrays["generator"])
            self._rng.bit_generator.state = about["rng"]
            losses = [(int(s), float(a), float(b)) for s, a, b in about["progress"]["losses"]]
            one, two, count = about["progress"]["since"]
            since = float(one), float(two), int(count)
            self.progress = Progress(**{**about["progress"], "losses": losses, "since": since})
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = f"{type(error).__name__} {str(error).splitlines()[0]}"
            raise InputError(f"not a checkpoint: {reason}", source=str(path)) from None

    def _plan(self) -> dict[str, Any]:
        plan = {
            "canvas": self.network.canvas.as_json(),
            "size": self.network.size.as_json(),
            "schedule": self.schedule.as_json(),
            **self._about,
        }
        decoded: dict[str, Any] = json.loads(json.dumps(plan))
        return decoded
