"""The machine on handwritten arithmetic given as symbols: five subsets, clean or corrupted.

With `--corrupt 0.1` a tenth of the training tokens is replaced, each by any other word alike. The
values stay, the machine is not told the rate, the tests are clean.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks._learning import GIVEN_NUMBERS, examine, fit, grouped, knows, lexicon
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import RANDOM
from benchmarks.suites.hint import SUITE, corrupted

NAME = "machine-hint"
DESCRIPTION = "the machine on HINT-style arithmetic as symbols, also with corrupted training tokens"

QUICK = (f"{RANDOM}5000",)


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corrupt", type=shares, default="0", help="shares of corrupted tokens, e.g. 0,0.1"
    )


def shares(text: str) -> list[float]:
    """Shares parted by commas, for argparse.

    >>> shares("0,0.1")
    [0.0, 0.1]
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected shares like 0,0.1, got {text!r}") from None
    if not all(0 <= part < 1 for part in found):
        raise argparse.ArgumentTypeError(f"expected shares of at least 0 below 1, got {text!r}")
    return found


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    splits = options.split or (QUICK if options.quick else ["symbols"])
    seeds = options.seeds[:1] if options.quick else options.seeds
    runs = [
        {"split": s, "corrupt": share, "seed": k, "seconds": options.seconds}
        for s in splits
        for share in options.corrupt
        for k in seeds
    ]
    return Plan(
        NAME,
        __name__,
        runs,
        settings={"seeds": seeds, "splits": list(splits), "corrupt": options.corrupt},
        summary=summary,
        notes={"given": GIVEN_NUMBERS, "metric": SUITE.metric, "source": SUITE.source},
        warm={**runs[0], "split": f"{RANDOM}3000"},
    )


def work(run: Run) -> Row:
    """One fit, tested on all subsets; the seed is the machine's and of the corruption."""
    data = SUITE.load(run["split"], seed=run["seed"])
    if run["corrupt"]:
        data = replace(data, train=corrupted(data.train, run["corrupt"], run["seed"]))
    machine, row = fit(data, domain="integers", seed=run["seed"], seconds=run["seconds"])
    return row | examine(machine, data.tests) | {"lexicon": lexicon(machine)}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Figures of each split and share; on clean pairs also whether the machine knew."""
    clean = [row for row in rows if not row["corrupt"]]
    return {
        "splits and corrupted shares": grouped(rows, "split", "corrupt"),
        **({"knows": knows(clean)} if clean else {}),
    }
