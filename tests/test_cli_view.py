"""`nsr view`, and the command as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nsr.cli import main
from tests.fakes import OneStep
from tests.test_cli_solve import FLIP, NOTHING


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nsr.solver.get_searcher", lambda _name: OneStep)
    Path("flip.json").write_text(json.dumps(FLIP))
    Path("both.json").write_text(json.dumps({"a<b>": FLIP, "b": NOTHING}))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["view", *args])


def test_grids_attempts_and_program() -> None:
    out = run("flip.json").stdout
    for part in ("pair 0", "attempt 1 right", "expected", "flip_lr(x0)", "34", "43", "grid = 2x2"):
        assert part in out


def test_without_solving() -> None:
    out = run("flip.json", "--no-solve").stdout
    assert "pair 0" in out
    assert "flip_lr" not in out
    assert "attempt" not in out


def test_one_of_several() -> None:
    assert "no answer" in run("both.json", "--task", "b").stdout
    for args, word in (
        (["both.json"], "holds 2 tasks"),
        (["both.json", "--task", "c"], "no task 'c'"),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert word in result.stderr
        assert result.stderr.count("\n") == 1


class Page(HTMLParser):
    """Collects what a browser would load from elsewhere, and the tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "rect", "path"}:
            self.open.append(tag)
        self.outside += [v for k, v in attrs if k in {"src", "href", "data", "action"} and v]

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"rect", "path"}:
            assert self.open.pop() == tag


def test_page_is_self_contained_and_escaped() -> None:
    result = run("both.json", "--task", "a<b>", "--html", "page.html")
    assert result.stdout == "page in page.html\n"
    text = Path("page.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.outside == []
    assert "@import" not in text
    assert "url(" not in text
    assert "<script" not in text
    assert "<b>a" not in text
    assert "a&lt;b&gt;" in text
    assert "flip_lr(x0)" in text
    assert "grid = 2x2" in text


def test_picture() -> None:
    assert run("flip.json", "--svg", "task.svg").stdout == "picture in task.svg\n"
    texts = [t.text for t in ET.parse("task.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert "pair 1" in texts
    assert "flip_lr(x0)" in texts


def test_page_that_cannot_be_written() -> None:
    result = run("flip.json", "--html", "no/page.html")
    assert result.exit_code == 2
    assert "no/page.html: cannot write" in result.stderr


def process(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nsr.cli", *args], capture_output=True, text=True, timeout=60
    )


def test_help_names_the_commands() -> None:
    found = process("--help")
    assert found.returncode == 0
    for name in ("solve", "score", "view"):
        assert name in found.stdout


def test_errors_of_a_process() -> None:
    found = process("view", "none.json")
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr.startswith("nsr: none.json")
    assert found.stderr.count("\n") == 1
    assert process("nonsense").returncode == 2
