"""Records brought together: one entry for a suite, split, method and settings, over all seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ORIGINS: Final = ("published", "by rule", "random", "random by rule")
"""Of data, see `benchmarks.suites.Data`: what is shown if records are of several."""

PUBLISHED: Final = Path(__file__).with_name("published.json")

NAMES: Final = {
    "nsr-machine": "nsr.Machine",
    "nsr-solve": "nsr.solve",
    "lstm": "LSTM with attention",
    "pointer": "Pointer-generator LSTM",
    "transformer-absolute": "Transformer, absolute",
    "transformer-relative": "Transformer, relative",
    "transformer-universal": "Transformer, universal",
    "transformer-relative-universal": "Transformer, relative universal",
    "transformer-relative-relaxed": "Transformer, relative, relaxed sharing",
    "decoder-nope": "Decoder, NoPE",
    "decoder-alibi": "Decoder, ALiBi",
    "decoder-rotary": "Decoder, rotary",
    "decoder-t5": "Decoder, T5 bias",
    "decoder-absolute": "Decoder, absolute",
    "nearest": "Nearest training input",
    "identity": "The input itself",
}
"""Method -> its name in tables, in their order."""


@dataclass(frozen=True)
class Entry:
    """Runs that differ in their seeds only.

    Args:
        suite, split, method: as named.
        records: one for each seed, ordered by it.
    """

    suite: str
    split: str
    method: str
    records: Sequence[dict[str, Any]]

    def of(self, test: str | None) -> list[float]:
        """The figure of each seed: exact match in per cent on a test set; see `figure`."""
        return [figure(record, test) for record in self.records]

    @property
    def exact(self) -> list[float]:
        """The figure of each seed on all test sets."""
        return self.of(None)

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return statistics.fmean(self.exact)

    @property
    def cpu(self) -> float:
        """Mean CPU seconds of a fit."""
        return statistics.fmean(record["cpu_seconds"] for record in self.records)

    @property
    def origin(self) -> str:
        """Of the data."""
        return str(self.records[0].get("origin", ""))

    @property
    def train(self) -> int:
        """Distinct training pairs."""
        found: int = self.records[0]["train"]
        return found

    def levels(self) -> dict[int, tuple[int, int]]:
        """Level -> tests of it and right ones, over all seeds."""
        found: dict[int, tuple[int, int]] = {}
        for record in self.records:
            for level, (n, right) in record["levels"].items():
                before = found.get(int(level), (0, 0))
                found[int(level)] = (before[0] + n, before[1] + right)
        return dict(sorted(found.items()))


def figure(record: dict[str, Any], test: str | None = None) -> float:
    """The exact match of a record in per cent, on a test set or on all.

    Where a suite has several test sets, all means the longest inputs (algorithms), or the mean over
    the sets (HINT).
    """
    tests = record["tests"]
    if test is not None:
        return 100.0 * float(tests[test]["exact"])
    if record["suite"] == "algorithms":
        return figure(record, "10x")
    return 100.0 * statistics.fmean(one["exact"] for one in tests.values())


def entries(records: Iterable[dict[str, Any]]) -> list[Entry]:
    """The entries of records, methods in the order of `NAMES`."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for record in records:
        settings = json.dumps(record["settings"], sort_keys=True)
        run = record["suite"], record["split"], record["method"]
        key = *run, settings, record.get("origin", "")
        groups.setdefault(key, []).append(record)
    order = list(NAMES)
    ranked = sorted(groups.items(), key=lambda item: (item[0][:2], order.index(item[0][2])))
    return [
        Entry(suite, split, method, sorted(found, key=lambda record: record["seed"]))
        for (suite, split, method, *_), found in ranked
    ]


def best(found: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """Of several settings of a method on a split the most steps, of as many the newest.

    All methods of a split have the same data, see `alike`.
    """
    chosen: dict[tuple[str, str, str], Entry] = {}
    for entry in alike(found):
        key = entry.suite, entry.split, entry.method
        if key not in chosen or _trained(entry) > _trained(chosen[key]):
            chosen[key] = entry
    return chosen


def alike(found: Iterable[Entry]) -> list[Entry]:
    """Those of each split whose data have the first of its `ORIGINS`."""
    every = list(found)
    first: dict[tuple[str, str], str] = {}
    for entry in sorted(every, key=_origin):
        first.setdefault((entry.suite, entry.split), entry.origin)
    return [entry for entry in every if entry.origin == first[entry.suite, entry.split]]


def _origin(entry: Entry) -> int:
    return ORIGINS.index(entry.origin) if entry.origin in ORIGINS else len(ORIGINS)


def _trained(entry: Entry) -> tuple[int, str]:
    steps = max(record["settings"].get("steps", 0) for record in entry.records)
    return steps, max(record["date"] for record in entry.records)


def published() -> list[dict[str, Any]]:
    """What others have published: suite, method, source, given, read, and exact by split.

    Some also have subsets by split.
    """
    rows: list[dict[str, Any]] = json.loads(PUBLISHED.read_text(encoding="utf-8"))["rows"]
    return rows


def percent(value: float) -> str:
    """A share in per cent as text, never rounded up to 100 or down to 0.

    >>> percent(100.0), percent(99.97), percent(13.81), percent(0.0), percent(0.02)
    ('100', '99.9', '13.8', '0', '0.02')
    """
    if value in (0.0, 100.0):
        return f"{value:.0f}"
    return f"{min(value, 99.9):.1f}" if value >= 0.1 else f"{max(value, 0.01):.2f}"


def spread(values: Sequence[float]) -> str:
    """Mean over the seeds, and what they range over if they differ.

    >>> spread([100.0, 100.0]), spread([10.0, 20.0]), spread([3.0])
    ('100', '15.0 (10.0-20.0)', '3.0')
    """
    mean = percent(statistics.fmean(values))
    low, high = percent(min(values)), percent(max(values))
    return mean if low == high else f"{mean} ({low}-{high})"


def span(values: Iterable[int]) -> str:
    """The smallest and the largest number.

    >>> span([3, 3]), span([100, 10_000])
    ('3', '100-10,000')
    """
    ordered = sorted(set(values))
    return "-".join(f"{n:,}" for n in dict.fromkeys((ordered[0], ordered[-1])))


def learnt(known: Iterable[Entry]) -> str:
    """The smallest and the largest share of training pairs that runs get right, in per cent.

    Tells a method that did not learn from one that does not generalise. At most
    `benchmarks.comparison.CHECKED` of the pairs are asked, drawn at random.
    """
    shares = [
        100.0 * record["train_exact"]
        for entry in known
        for record in entry.records
        if "train_exact" in record
    ]
    ends = [percent(min(shares)), percent(max(shares))] if shares else []
    return "-".join(dict.fromkeys(ends))


def sizes(known: Iterable[Entry]) -> str:
    """The smallest and the largest number of parameters; nothing for methods without."""
    found = [r["parameters"] for entry in known for r in entry.records if "parameters" in r]
    return span(found) if found else ""


def time_text(seconds: float) -> str:
    """CPU seconds with two digits that count.

    >>> time_text(0.84), time_text(5.3), time_text(331.4)
    ('0.8 s', '5 s', '330 s')
    """
    if seconds < 1:
        return f"{seconds:.1f} s"
    return f"{float(f'{seconds:.2g}'):.0f} s"
