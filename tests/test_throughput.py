"""The throughput benchmark measures what it says; how fast this machine is, it does not test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import records, throughput


def test_the_problem_is_as_described() -> None:
    problem = throughput.problem()
    assert len(throughput.OPERATORS) == len(set(throughput.OPERATORS)) == 26
    assert set(problem.space.applications) == set(throughput.OPERATORS)
    assert len(problem.examples) == throughput.EXAMPLES


def test_counts_are_exact_and_repeatable() -> None:
    problem = throughput.problem()
    assert throughput.bottom_up(problem, 40_000) == throughput.bottom_up(problem, 40_000)
    applications, distinct = throughput.bottom_up(problem, 40_000)
    assert applications == 10_000
    assert 1_000 < distinct < applications
    assert throughput.top_down(problem, 5_000) == (5_000, 5_000)
    assert throughput.evaluated(problem, 5_000)[0] == 5_000


def test_every_bar_is_measured() -> None:
    rates = throughput.measure(repeats=2, fuel=20_000, programs=2_000)
    assert set(rates) == set(throughput.BARS)
    assert all(len(found) == 2 and min(found) > 0 for found in rates.values())


@pytest.mark.parametrize("cap", [32, 48])
def test_the_bank_keeps_to_its_memory_cap(cap: int) -> None:
    growth = throughput.memory_growth(cap)
    assert 0.7 <= growth <= 1.1


def test_a_run_writes_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(throughput, "CAPS", (32,))
    throughput.run(["--repeats", "1", "--fuel", "20000", "--programs", "1000"])
    (path,) = tmp_path.iterdir()
    record = json.loads(path.read_text(encoding="utf-8"))
    assert {"commit", "versions", "machine", "settings", "summary", "cpu_seconds"} <= set(record)
    assert set(record["summary"]["rates"]) == set(throughput.BARS)
    assert "memory cap" in capsys.readouterr().out
