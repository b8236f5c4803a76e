"""A third party adds a domain and a searcher without touching nsr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PLUGIN = '''
from pathlib import Path
import nsr
from nsr.search import PULSE, Candidate

primitives = nsr.PrimitiveSet()

@primitives()
def shout(word):
    """The word, louder."""
    return word + "!"

WORD = nsr.ValueType(name="word", contains=lambda v: isinstance(v, str))
WORDS = nsr.Domain(
    name="words",
    types={"word": WORD},
    primitives=primitives.table,
    grammar=Path(__file__).with_name("words.lark"),
    portfolio=("patient",),
)

class Patient:
    """One more application at a time."""

    name = "patient"

    def search(self, problem, *, meter, guide, rng):
        term = problem.space.parse("x0", goal=problem.goal, inputs=list(problem.input_types))
        while True:
            outputs = nsr.Executor(problem.domain).run(term, problem.inputs, meter=meter)
            if problem.solved_by(outputs):
                yield Candidate(term, problem.space.cost(term), outputs)
                return
            yield PULSE
            term = problem.space.apply("shout", term)
'''
GRAMMAR = """
word: VAR | "shout" "(" word ")" -> shout
VAR: /x[0-9]+/
%ignore " "
"""
USE = """
import nsr
for searcher in ("patient", "portfolio", "bottom-up", "top-down"):
    solution = nsr.solve([("a", "a!!"), ("b", "b!!")], domain="words", searcher=searcher, enough=1)
    print(searcher, solution.best.text, solution.best.apply("c"))
try:
    nsr.solve([("a", 1)], domain="words")
except nsr.InputError as error:
    print(error)
"""


def test_domain_and_searcher_from_another_package(tmp_path: Path) -> None:
    install(
        tmp_path,
        "[nsr.domains]\nwords = words_plugin:WORDS\n"
        "[nsr.searchers]\npatient = words_plugin:Patient\n",
    )
    found = run(tmp_path, "-c", USE)
    assert found.stderr == ""
    lines = found.stdout.splitlines()
    assert lines[:4] == [
        f"{name} shout(shout(x0)) c!!" for name in ("patient", "portfolio", "bottom-up", "top-down")
    ]
    assert "expected values of one type (word)" in lines[4]


def test_a_plugin_that_cannot_be_loaded_is_one_line(tmp_path: Path) -> None:
    install(
        tmp_path,
        "[nsr.domains]\nwords = words_plugin:NONE\n[nsr.searchers]\npatient = nowhere:Patient\n",
    )
    (tmp_path / "x.tsv").write_text("1\t1\n")
    for options, reason in (
        (("--domain", "words"), "plug-in 'words' (words_plugin:NONE) cannot be loaded: Attribute"),
        (
            ("--domain", "integers", "--searcher", "patient"),
            "plug-in 'patient' (nowhere:Patient) cannot be loaded: ModuleNotFoundError",
        ),
    ):
        found = run(tmp_path, "-m", "nsr.cli", "solve", f"{tmp_path}/x.tsv", *options)
        assert found.returncode == 2, found.stderr
        assert reason in found.stderr
        assert found.stderr.count("\n") == 1


def install(tmp_path: Path, points: str) -> None:
    """The package `words_plugin` with these entry points."""
    (tmp_path / "words_plugin.py").write_text(PLUGIN)
    (tmp_path / "words.lark").write_text(GRAMMAR)
    info = tmp_path / "words_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: words-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)


def run(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Python with that package installed."""
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *args],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
