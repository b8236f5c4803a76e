"""A neural parser: shift, reduce or join, decided by a small network over learnt categories.

As in Li et al., "A neural-symbolic recursive machine for systematic generalization" (2022, 2024,
section 3.1; after Chen and Manning, 2014), but trained on trees that the machine has derived
itself, and over categories instead of words: every word with arguments or without a meaning of its
own is one, all plain words are one. It looks at the top of the stack and the next words only, so
what it does on a long input it has seen on short ones.

States are few, as they are made of categories: each is judged once and remembered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nsr.errors import InputError, NsrError
from nsr.parsing.compiled import Roles, Steps
from nsr.parsing.entries import PATTERNS
from nsr.parsing.states import ACTIONS, BUFFER, STACK, Progress, State, Transitions
from nsr.threads import one_thread
from nsr.values import Undefined

FORMAT: Final = "nsr-transitions"
VERSION: Final = 1


class TransitionParser:
    """Parses token strings as `parse` does, with a network in place of binding levels.

    Args:
        roles: patterns and literals of words, see `parse`.
        beam: how many parses are followed at once.
        width: numbers in an embedding.
        units: hidden units of the network.
        seed: of the network's first weights, and of the trees it looks at.
    """

    def __init__(
        self, roles: Roles, *, beam: int = 1, width: int = 16, units: int = 64, seed: int = 0
    ):
        if beam < 1:
            raise InputError(f"beam must be at least 1, got {beam!r}")
        self.transitions = Transitions(roles)
        self.beam, self.width, self.units, self.seed = beam, width, units, seed
        self.weights_: dict[str, npt.NDArray[np.float32]] = {}
        self._known: dict[State, tuple[float, ...]] = {}
        self._first: npt.NDArray[np.float32] | None = None

    # -- learning ----------------------------------------------------------------------------
    def fit(
        self,
        trees: Iterable[tuple[Sequence[int], Steps]],
        *,
        most: int = 1000,
        rounds: int = 400,
        rate: float = 0.01,
        decay: float = 0.3,
    ) -> TransitionParser:
        """Learn from trees; the same trees and seed give the same parser.

        Distinct states are learnt once each, so that rare ones count as much as frequent ones.

        Args:
            trees: (tokens, steps) with numbers of words as in `roles`.
            most: look at so many trees of different categories, drawn at random.
            rounds: passes over all states.
            rate: learning rate of Adam at the start; it falls to 0.
            decay: of the weights, in learning rates per round (Loshchilov and Hutter, "Decoupled
                weight decay regularization", 2019). A plain network does on a state that it
                never saw what it does on one like it: it matters where trees are few or short.

        Raises:
            InputError: if there are no trees, or one does not fit its words.
        """
        distinct: dict[tuple[int, ...], tuple[Sequence[int], Steps]] = {}
        for tokens, steps in trees:
            distinct.setdefault(tuple(map(self.transitions.category, tokens)), (tokens, steps))
        every = list(distinct.values())
        counts: dict[State, list[int]] = {}
        for i in np.random.default_rng(self.seed).permutation(len(every))[:most]:
            tokens, steps = every[i]
            for state, action in self.transitions.oracle(tokens, steps):
                counts.setdefault(state, [0] * ACTIONS)[action] += 1
        if not counts:
            raise InputError("nothing to learn from: there are no trees")
        states = np.array(list(counts), np.int64)
        shares = np.array(list(counts.values()), np.float32)
        shares /= shares.sum(1, keepdims=True)
        allowed = np.array([self.transitions.allowed(state) for state in counts])
        with one_thread():
            self._set(self._train(states, shares, allowed, rounds, rate, decay))
        return self

    def _train(
        self,
        states: npt.NDArray[np.int64],
        shares: npt.NDArray[np.float32],
        allowed: npt.NDArray[np.bool_],
        rounds: int,
        rate: float,
        decay: float,
    ) -> dict[str, npt.NDArray[np.float32]]:
        import torch

        generator = torch.Generator().manual_seed(self.seed)

        def weights(*shape: int, scale: float) -> torch.Tensor:
            return (torch.randn(shape, generator=generator) * scale).requires_grad_()

        seen = (STACK + BUFFER) * self.width
        parameters = {
            "embedding": weights(self.transitions.codes, self.width, scale=1.0),
            "hidden.weight": weights(seen, self.units, scale=seen**-0.5),
            "hidden.bias": weights(self.units, scale=0.0),
            "output.weight": weights(self.units, ACTIONS, scale=self.units**-0.5),
            "output.bias": weights(ACTIONS, scale=0.0),
        }
        x, y = torch.from_numpy(states), torch.from_numpy(shares)
        forbidden = torch.from_numpy(np.where(allowed, 0.0, -1e9).astype(np.float32))
        optimizer = torch.optim.AdamW(list(parameters.values()), lr=rate, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, rounds)
        for _ in range(rounds):
            inner = parameters["embedding"][x].flatten(1) @ parameters["hidden.weight"]
            hidden = torch.relu(inner + parameters["hidden.bias"])
            scores = hidden @ parameters["output.weight"] + parameters["output.bias"]
            loss = -(torch.log_softmax(scores + forbidden, 1) * y).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        return {name: value.detach().numpy().copy() for name, value in parameters.items()}

    def _set(self, weights: dict[str, npt.NDArray[np.float32]]) -> None:
        self.weights_ = weights
        self._known = {}
        parts = weights["hidden.weight"].reshape(STACK + BUFFER, self.width, self.units)
        # What each code at each place adds to the hidden layer.
        self._first = np.einsum("cw,pwu->pcu", weights["embedding"], parts)

    # -- use ---------------------------------------------------------------------------------
    def __call__(self, tokens: Sequence[int]) -> Steps | Undefined:
        """The tree of a token string, or why there is none.

        Args:
            tokens: word numbers.

        Raises:
            NsrError: if nothing has been learnt yet.
        """
        if self._first is None:
            raise NsrError("this parser has learnt nothing yet: call fit")
        if not tokens:
            return Undefined("no reading: the input ends too early")
        if self.beam == 1:
            return self._greedy(tokens)
        found = self._search(tokens)
        return found.steps() if found is not None else _no_reading()

    def log_weights(self, state: State) -> tuple[float, ...]:
        """Log probability of each action, -inf for those that are not allowed."""
        found = self._known.get(state)
        if found is None:
            found = self._known[state] = self._judge(state)
        return found

    def _judge(self, state: State) -> tuple[float, ...]:
        assert self._first is not None
        weights = self.weights_
        hidden = self._first[np.arange(STACK + BUFFER), list(state)].sum(0)
        hidden = np.maximum(hidden + weights["hidden.bias"], 0.0)
        scores = (hidden @ weights["output.weight"] + weights["output.bias"]).astype(np.float64)
        scores[~np.array(self.transitions.allowed(state))] = -np.inf
        if (scores == -np.inf).all():
            return (-math.inf,) * ACTIONS
        scores -= scores.max()
        found: list[float] = (scores - np.log(np.exp(scores).sum())).tolist()
        return tuple(found)

    def _greedy(self, tokens: Sequence[int]) -> Steps | Undefined:
        parse = Progress(self.transitions, tokens)
        while not parse.finished:
            scores = self.log_weights(parse.state())
            action = max(range(ACTIONS), key=scores.__getitem__)
            if scores[action] == -math.inf:
                return _no_reading()
            parse.do(action)
        return parse.steps()

    def _search(self, tokens: Sequence[int]) -> Progress | None:
        """The heaviest whole parse within the beam."""
        best: Progress | None = None
        front = [Progress(self.transitions, tokens)]
        while front:
            branches: list[tuple[float, int, int]] = []
            for number, parse in enumerate(front):
                scores = self.log_weights(parse.state())
                branches += [
                    (parse.score + score, number, action)
                    for action, score in enumerate(scores)
                    if score > -math.inf
                ]
            branches.sort(key=lambda branch: (-branch[0], branch[1], branch[2]))
            new = []
            for score, number, action in branches[: self.beam]:
                parse = front[number].copy()
                parse.do(action)
                parse.score = score
                if not parse.finished:
                    new.append(parse)
                elif best is None or score > best.score:
                    best = parse
            # Weights only fall, so what is behind the best whole parse stays behind it.
            front = [p for p in new if best is None or p.score > best.score]
        return best

    # -- files -------------------------------------------------------------------------------
    def save(self, directory: str | Path) -> None:
        """Write `parser.json` and `parser.safetensors` into a directory that exists.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if the directory cannot be written.
        """
        if self._first is None:
            raise NsrError("this parser has learnt nothing yet: call fit")
        from safetensors.numpy import save

        model = {
            "format": FORMAT,
            "version": VERSION,
            "beam": self.beam,
            "width": self.width,
            "units": self.units,
            "seed": self.seed,
            "patterns": [PATTERNS[p] if p >= 0 else None for p in self.transitions.roles.patterns],
            "literals": list(self.transitions.roles.literals),
        }
        try:
            weights = Path(directory) / "parser.safetensors"
            weights.write_bytes(
                save({k: np.ascontiguousarray(v) for k, v in self.weights_.items()})
            )
            (Path(directory) / "parser.json").write_text(json.dumps(model, indent=1) + "\n")
        except OSError as error:
            raise InputError(
                f"cannot write: {error.strerror or error}", source=str(directory)
            ) from None

    @staticmethod
    def load(directory: str | Path) -> TransitionParser:
        """The parser that `save` wrote.

        Raises:
            InputError: if the directory holds no parser, or a corrupt or foreign one.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = Path(directory) / "parser.json"
        try:
            model = json.loads(path.read_text())
            weights = load((Path(directory) / "parser.safetensors").read_bytes())
            return _read(model, weights)
        except OSError as error:
            fault = f"cannot read: {error.strerror or error}"
            raise InputError(fault, source=str(directory)) from None
        except (KeyError, TypeError, ValueError, AttributeError, SafetensorError) as error:
            fault = f"not a parser: {type(error).__name__} {error}"
            raise InputError(fault, source=str(path)) from None


def _no_reading() -> Undefined:
    return Undefined("no reading: the words do not come together")


def _read(model: Any, weights: dict[str, npt.NDArray[Any]]) -> TransitionParser:
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise ValueError(f"expected an object with format {FORMAT!r}")
    if model["version"] != VERSION:
        raise ValueError(f"expected version {VERSION}, got {model['version']!r}")
    patterns = [-1 if p is None else PATTERNS.index(p) for p in model["patterns"]]
    literals = [int(literal) for literal in model["literals"]]
    if len(literals) != len(patterns) or not patterns:
        raise ValueError("expected a pattern and a literal for each word")
    parser = TransitionParser(
        Roles(patterns, literals),
        beam=int(model["beam"]),
        width=int(model["width"]),
        units=int(model["units"]),
        seed=int(model["seed"]),
    )
    seen = (STACK + BUFFER) * parser.width
    shapes = {
        "embedding": (parser.transitions.codes, parser.width),
        "hidden.weight": (seen, parser.units),
        "hidden.bias": (parser.units,),
        "output.weight": (parser.units, ACTIONS),
        "output.bias": (ACTIONS,),
    }
    for name, shape in shapes.items():
        value = weights[name]
        if value.shape != shape or value.dtype != np.float32 or not np.isfinite(value).all():
            raise ValueError(f"{name} is not float32 of shape {shape}")
    parser._set({name: weights[name] for name in shapes})
    return parser
