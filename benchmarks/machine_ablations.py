"""What each part of the machine is worth: the same tasks with one part switched off.

`ABLATIONS` says how each part is switched off: by options of the machine, or by other values for
constants and functions of its modules. The latter is done in the run's own process.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from benchmarks._learning import examine, fit, grouped
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import RANDOM, get_suite
from nsr.abduction.curriculum import ONES
from nsr.errors import InputError, UnknownNameError

NAME = "machine-ablations"
DESCRIPTION = "what each part of the machine is worth: tasks with one part switched off"


@dataclass(frozen=True)
class Ablation:
    """One part switched off.

    Args:
        says: what is missing.
        options: of `nsr.Machine`.
        patches: (place, name, value): what a name of a module, or of a class given as
            `module:Class`, stands for instead.
        domains: where the part is used.
    """

    says: str
    options: Mapping[str, Any] = field(default_factory=dict)
    patches: tuple[tuple[str, str, Any], ...] = ()
    domains: tuple[str, ...] = ("sequences", "integers")

    def apply(self) -> None:
        """Do the patches.

        Raises:
            InputError: if a module has no such name, so that nothing would be switched off.
        """
        for place, name, value in self.patches:
            module, _, owner = place.partition(":")
            target: Any = importlib.import_module(module)
            target = getattr(target, owner, None) if owner else target
            if not hasattr(target, name):
                raise InputError(f"nothing to switch off: {place} has no {name}")
            setattr(target, name, value)


def _no_rounds(_model: Any, _statistics: Any, _rounds: int) -> Any:
    """Weights stay as they were drawn."""
    return np.zeros(0)


def _entries_only(climber: Any, state: Any) -> list[tuple[int, str, int]]:
    """Moves of a climb that leave levels and directions alone."""
    options = climber.options
    return [(w, "entry", c) for w in range(len(options)) for c in range(len(options[w]))]


def _unmoved(lexicon: Any, _seen: Any) -> Any:
    """Weights stay even."""
    return lexicon


def _taught_once(learner: Any, corpus: Any, *, rounds: int, effort: int) -> None:
    """Weights are fitted, but the channel is told of inputs of one piece only.

    A piece that never stands alone may then be any of the symbols, the new ones too.
    """
    for _ in range(rounds):
        learner.lexicon = learner.lexicon.improved(learner._expect(corpus))
    alone = learner.sample(1, ONES)
    told = learner._expect(alone).posterior.astype(float)
    learner.channel.learn(alone.pieces, told, effort=effort)
    learner.prior = learner._beliefs(corpus)[0].mean(axis=0)


_PHRASES = ("sequences",)
_NUMBERS = ("integers",)
ABLATIONS: Final[Mapping[str, Ablation]] = MappingProxyType(
    {
        "full": Ablation("nothing"),
        "restarts": Ablation(
            "one start only, no second reading of neighbours, no climb from counterexamples",
            patches=(
                ("nsr.abduction.learn", "JITTER", (0.1,)),
                ("nsr.abduction.attempt", "REVISIONS", 1),
            ),
            domains=_PHRASES,
        ),
        "posterior": Ablation(
            "no expectation-maximisation: the values of the pairs do not say what words mean",
            patches=(("nsr.abduction.em:Model", "improve", _no_rounds),),
            domains=_PHRASES,
        ),
        "levels": Ablation(
            "no search of binding levels: every word keeps the level it was drawn",
            patches=(("nsr.parsing.levels:Climber", "_moves", _entries_only),),
        ),
        "inversion": Ablation(
            "values of nodes are parts of the output or computed, never inverses of the output",
            patches=(("nsr.abduction.reach", "inverses", lambda goal, ways: []),),
            domains=_PHRASES,
        ),
        "literals": Ablation(
            "no words that only close or part the arguments of others",
            patches=(("nsr.abduction.learn", "partners", lambda inputs, words: {}),),
            domains=_PHRASES,
        ),
        "ascent": Ablation(
            "no trial of all entries of one word in the decided trees",
            patches=(("nsr.abduction.ascent:Ascent", "improve", lambda _ascent, state: state),),
            domains=_PHRASES,
        ),
        "perception": Ablation(
            "no abduction of symbols: what a word is comes from inputs of one word only",
            patches=(("nsr.abduction.curriculum:Learner", "_learn", _taught_once),),
            domains=_NUMBERS,
        ),
        "attachment": Ablation(
            "no abduction of trees: every symbol takes every kind of argument alike",
            patches=(("nsr.abduction.soft:SoftLexicon", "improved", _unmoved),),
            domains=_NUMBERS,
        ),
        "operators": Ablation(
            "no abduction of programs: no words between plain words",
            patches=(("nsr.abduction.operators", "EFFORTS", ()),),
            domains=_NUMBERS,
        ),
        "new words": Ablation(
            "no hypotheses about words that strings of one head do not show",
            patches=(("nsr.abduction.curriculum", "find_words", lambda *_arguments: ()),),
            domains=_NUMBERS,
        ),
    }
)
"""Part -> how it is switched off."""

TASKS: Final = (
    ("scan", f"{RANDOM}20", "sequences"),
    ("scan", "length", "sequences"),
    ("pcfg", f"{RANDOM}500", "sequences"),
    ("hint", f"{RANDOM}5000", "integers"),
)
QUICK: Final = TASKS[:1]
SECONDS: Final = 300.0
"""Limit of each fit, unless another is asked for."""


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", action="append", help="only this part; may be repeated")


def plan(options: argparse.Namespace) -> Plan:
    """Every part on every task where it is used.

    Raises:
        UnknownNameError: if there is no such part.
    """
    for part in options.part or ():
        if part not in ABLATIONS:
            raise UnknownNameError("part", part, list(ABLATIONS))
    tasks = [t for t in (QUICK if options.quick else TASKS) if t[1] in (options.split or [t[1]])]
    seeds = options.seeds[:1] if options.quick else options.seeds
    runs = [
        {"part": part, "suite": suite, "split": split, "domain": domain, "seed": seed}
        for suite, split, domain in tasks
        for part in options.part or ABLATIONS
        if domain in ABLATIONS[part].domains
        for seed in seeds
    ]
    return Plan(
        NAME,
        __name__,
        [{**r, "seconds": options.seconds or SECONDS} for r in runs],
        settings={"seeds": seeds, "tasks": [list(task) for task in tasks]},
        summary=lambda rows: grouped(rows, "suite", "split", "part"),
        notes={"parts": {name: ablation.says for name, ablation in ABLATIONS.items()}},
        warm={**runs[0], "part": "full", "seconds": SECONDS} if runs else None,
    )


def work(run: Run) -> Row:
    """One fit without the part."""
    ablation = ABLATIONS[run["part"]]
    data = get_suite(run["suite"]).load(run["split"], seed=run["seed"])
    ablation.apply()
    options = {"seconds": run["seconds"], **ablation.options}
    machine, row = fit(data, domain=run["domain"], seed=run["seed"], **options)
    return row | examine(machine, data.tests)
