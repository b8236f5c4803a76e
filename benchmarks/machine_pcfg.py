"""The machine on PCFG SET: the official tests, localism, substitutivity, few random pairs.

Localism (Hupkes et al., 2020): the machine also computes one function at a time,
from its own outputs of the steps before. Substitutivity: the answers to an input and to its
twin, which has synonyms instead, are compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import nsr
from benchmarks._learning import GIVEN_PHRASES, examine, fit, grouped, knows, lexicon, share
from benchmarks._runs import Plan, Row, Run, measure, numbers
from benchmarks.suites import RANDOM, Pair, needed_folder
from benchmarks.suites.pcfg import NEEDS, SUITE, Sample, localism
from nsr.values import Undefined, Value

NAME = "machine-pcfg"
DESCRIPTION = "the machine on PCFG SET: official tests, localism, substitutivity, few pairs"

SIZES = "1000,500,300"
QUICK = ("iid", "localism", f"{RANDOM}1000")


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", type=numbers, default=SIZES, help=f"default: {SIZES}")


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    splits = options.split or [*SUITE.splits, *(f"{RANDOM}{n}" for n in options.sizes)]
    seeds = options.seeds
    if options.quick:
        splits, seeds = options.split or QUICK, seeds[:1]
    return Plan(
        NAME,
        __name__,
        [{"split": s, "seed": k, "seconds": options.seconds} for s in splits for k in seeds],
        settings={"seeds": seeds, "splits": list(splits)},
        summary=summary,
        notes={"given": GIVEN_PHRASES, "metric": SUITE.metric, "source": SUITE.source},
        warm={"split": f"{RANDOM}1000", "seed": 0, "seconds": options.seconds},
    )


def work(run: Run) -> Row:
    """One fit; the seed is the machine's, and of what is random in the split."""
    data = SUITE.load(run["split"], seed=run["seed"])
    machine, row = fit(data, domain="sequences", seed=run["seed"], seconds=run["seconds"])
    row |= examine(machine, data.tests)
    row["equal"] = row["train_exact"] == row["exact"]
    if run["split"] == "localism":
        row["unrolled"] = unrolled(machine, localism(needed_folder(SUITE.name, NEEDS)))
    if "twins" in data.tests:
        row["consistent"] = consistent(machine, data.tests["sources"], data.tests["twins"])
    row["lexicon"] = lexicon(machine)
    return row


def unrolled(machine: nsr.Machine, samples: Sequence[Sample]) -> Row:
    """Exactness step by step, and how often the answer is the one to the whole input."""
    right = same = 0
    for sample in samples:
        answer = stepwise(machine, sample.steps)
        right += answer == sample.target
        same += not isinstance(answer, Undefined) and answer == machine.predict(sample.source)
    n = len(samples)
    return {"n": n, "exact": share(right, n), "consistent": share(same, n)}


def stepwise(machine: nsr.Machine, steps: Sequence[tuple[str, ...]]) -> Value | Undefined:
    """The output of the last step; `*k` in a step is replaced by the output of step k."""
    outputs: list[Any] = []
    for step in steps:
        words: list[str] = []
        for word in step:
            words += outputs[int(word[1:]) - 1] if word.startswith("*") else [word]
        answer = machine.predict(tuple(words))
        if isinstance(answer, Undefined):
            return answer
        outputs.append(answer)
    return tuple(outputs[-1])


def consistent(machine: nsr.Machine, sources: Sequence[Pair], twins: Sequence[Pair]) -> Row:
    """How often an input and its twin have the same answer."""
    pairs = zip(sources, twins, strict=True)
    answers = ((machine.predict(x), machine.predict(twin)) for (x, _), (twin, _) in pairs)
    same = sum(not isinstance(a, Undefined) and a == b for a, b in answers)
    return {"n": len(sources), "exact": share(same, len(sources))}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Figures of each split, the least of what localism and substitutivity ask for, knowing."""
    found: dict[str, Any] = {"splits": grouped(rows, "split")}
    for split, part in found["splits"].items():
        own = [row for row in rows if row["split"] == split]
        if "unrolled" in own[0]:
            part["unrolled_min"] = min(row["unrolled"]["exact"] for row in own)
            part["unrolled_consistent_min"] = min(row["unrolled"]["consistent"] for row in own)
        if "consistent" in own[0]:
            part["consistent_min"] = min(row["consistent"]["exact"] for row in own)
    return found | {"knows": knows(rows)}
