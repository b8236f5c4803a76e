"""The machine on SCAN: four classic splits, the data-efficiency series, few random pairs.

Every run is judged on the whole test set. Rows say whether exactness on the training pairs told
the machine what the test found.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks._learning import GIVEN_PHRASES, examine, fit, grouped, knows, lexicon
from benchmarks._runs import Plan, Row, Run, measure, numbers
from benchmarks.suites import RANDOM
from benchmarks.suites.scan import SMALL, SUITE

NAME = "machine-scan"
DESCRIPTION = "the machine on SCAN: splits, few pairs, does it know when it failed"

CLASSIC = ("simple", "length", "addprim_jump", "template_around_right")
SIZES = "10,15,20,25,30,40,50"
DRAWS = 20
QUICK = ("length", "simple_p1", f"{RANDOM}50", f"{RANDOM}30")


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", type=numbers, default=SIZES, help=f"default: {SIZES}")
    parser.add_argument("--draws", type=int, default=DRAWS, help="random subsets of each size")


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    runs: list[Run]
    if options.quick or options.split:
        seeds = options.seeds[:1] if options.quick else options.seeds
        runs = [{"split": s, "seed": k} for s in options.split or QUICK for k in seeds]
    else:
        runs = [{"split": s, "seed": k} for s in (*CLASSIC, *SMALL) for k in options.seeds]
        runs += [
            {"split": f"{RANDOM}{size}", "seed": k}
            for size in options.sizes
            for k in range(options.draws)
        ]
    return Plan(
        NAME,
        __name__,
        [{**r, "seconds": options.seconds} for r in runs],
        settings={"seeds": options.seeds, "sizes": options.sizes, "draws": options.draws},
        summary=summary,
        notes={"given": GIVEN_PHRASES, "metric": SUITE.metric, "source": SUITE.source},
        warm={"split": f"{RANDOM}50", "seed": 0, "seconds": options.seconds},
    )


def work(run: Run) -> Row:
    """One fit; the seed is the machine's, and of the draw of a random subset."""
    data = SUITE.load(run["split"], seed=run["seed"])
    machine, row = fit(data, domain="sequences", seed=run["seed"], seconds=run["seconds"])
    row |= examine(machine, data.tests)
    row["equal"] = row["train_exact"] == row["exact"]
    if data.origin != "random":
        row["lexicon"] = lexicon(machine)
    return row


def summary(rows: list[Row]) -> dict[str, Any]:
    """Figures of each split, and whether the machine knew."""
    return {"splits": grouped(rows, "split"), "knows": knows(rows)}
