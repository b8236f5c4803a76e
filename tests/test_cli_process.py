"""`nsr solve` as a process of its own, with worker processes and real searchers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nsr.submission import read_submission
from tests.test_cli_solve import FLIP

COMMAND = [sys.executable, "-m", "nsr.cli"]


def noise(seed: int) -> dict[str, Any]:
    """A task that no short program explains."""
    rng = np.random.default_rng(seed)
    grids = rng.integers(0, 10, (6, 4, 5)).tolist()
    pairs = [{"input": grids[2 * i], "output": grids[2 * i + 1]} for i in range(3)]
    return {"train": pairs[:2], "test": [{"input": grids[4]}]}


def turn(times: int) -> dict[str, Any]:
    """A task of quarter turns."""
    rng = np.random.default_rng(times)
    grids = [rng.integers(0, 10, (3, 4)) for _ in range(4)]
    pairs = [{"input": g.tolist(), "output": np.rot90(g, times).tolist()} for g in grids]
    return {"train": pairs[:3], "test": pairs[3:]}


def run(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, args)], capture_output=True, text=True, timeout=120, check=False
    )


def test_same_results_with_any_number_of_workers(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.json"
    tasks.write_text(json.dumps({f"turn{k}": turn(k) for k in range(1, 4)} | {"noise": noise(0)}))
    files, lines = [], []
    for jobs in (1, 2):
        files.append(tmp_path / f"{jobs}.json")
        result = run(
            *(
                "solve",
                tasks,
                "--searcher",
                "two-sided",
                "--fuel",
                50_000,
                "--jobs",
                jobs,
                "--json",
                "--output",
                files[-1],
            )
        )
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        found = sorted((json.loads(x) for x in result.stdout.splitlines()), key=lambda x: x["task"])
        for line in found:
            for varies in ("seconds", "cpu_seconds", "peak_rss"):
                del line[varies]
        lines.append(found)
    assert lines[0] == lines[1]
    assert [line["solved"] for line in lines[0]] == [False, True, True, True]
    assert lines[0][0]["stopped_by"] == "fuel"
    assert lines[0][0]["fuel"] == 50_000
    assert files[0].read_text() == files[1].read_text()
    scored = run("score", files[0], tasks)
    assert scored.returncode == 2
    assert "task 'noise', test pair 0: no output" in scored.stderr


def shell(command: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A command line in a shell, in a folder with two tasks of turns and a file of pairs."""
    (tmp_path / "tasks.json").write_text(json.dumps({f"turn{k}": turn(k) for k in (1, 2)}))
    (tmp_path / "x.tsv").write_text("1\t1\n")
    return subprocess.run(
        ["sh", "-c", f'"$0" -m nsr.cli {command}', sys.executable],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_stream_is_one_line_and_finished_tasks_stay(tmp_path: Path) -> None:
    options = "solve tasks.json --searcher two-sided --fuel 20000 --json --output out.json"
    found = shell(f"{options} >/dev/full", tmp_path)
    assert found.returncode == 2
    assert found.stderr == "nsr: standard output: cannot write: No space left on device\n"
    assert len(read_submission(tmp_path / "out.json")["turn1"]) == 1
    assert shell("solve none.json 2>/dev/full", tmp_path).returncode == 2


def test_closed_streams(tmp_path: Path) -> None:
    solve = "solve x.tsv --domain integers --fuel 1000"
    for command in (f"{solve} --json >&-", f"{solve} 2>&-", f"{solve} >&- 2>&-"):
        found = shell(command, tmp_path)
        assert (found.returncode, found.stderr) == (0, "")
    drawn = shell("solve tasks.json --searcher two-sided --fuel 1000 --json >&-", tmp_path)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    for command in ("solve -", "solve - --domain integers", "train - --model model"):
        found = shell(f"{command} <&-", tmp_path)
        assert found.returncode == 2
        assert found.stderr == "nsr: standard input: cannot read: it is closed\n"


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("jobs", "how"), [(1, "key"), (2, "key"), (2, "ended")])
def test_interruption_of_a_process(tmp_path: Path, jobs: int, how: str) -> None:
    tasks, output = tmp_path / "tasks.json", tmp_path / "sub.json"
    tasks.write_text(json.dumps({"flip": FLIP} | {f"noise{i}": noise(i) for i in range(5)}))
    process = subprocess.Popen(
        [*COMMAND, "solve", tasks, "--fuel", "1000000000", "--jobs", str(jobs), "-o", output],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A test run in the background may have been started with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    for _ in range(600):
        if output.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    if how == "key":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()
    # Workers hold the pipes: without an end of theirs there is none here.
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert err == (
        f"nsr: interrupted; 1 of 6 tasks finished, kept in {output}; --resume goes on from there\n"
    )
    assert list(read_submission(output)) == ["flip"]
    assert sorted(os.listdir(tmp_path)) == ["sub.json", "tasks.json"]
