"""The engine knows no benchmark: it imports none, names none, and holds none of their words.

The words are those of the generators in `benchmarks.suites`. Some of them are ordinary English or
signs that programs are written with. Such a word may stand

- in prose, i.e. in comments, docstrings and messages among other words;
- as the name of a primitive;
- on its own as a literal only if it is listed in `EVERYDAY`;
- and a sign such as `(` or `+` only where text is put together, never where it is looked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nsr
from benchmarks.suites import hint, pcfg, scan

ROOT = Path(nsr.__file__).parent.parent
FILES = [p for room in ("nsr", "searchers", "grammars") for p in sorted((ROOT / room).rglob("*"))]
SOURCES = [path for path in FILES if path.suffix == ".py"]
GRAMMARS = [path for path in FILES if path.suffix == ".lark"]

SIGNS = frozenset((*hint.WORDS, *hint.CONCEPTS, pcfg.COMMA))
WORDS = frozenset((*scan.WORDS, *pcfg.WORDS, *pcfg.LETTERS))
LANGUAGES = {
    "SCAN": frozenset(scan.WORDS),
    "PCFG SET": frozenset((*pcfg.WORDS, *pcfg.LETTERS, pcfg.COMMA)),
    "HINT": frozenset((*hint.WORDS, *hint.CONCEPTS)),
}
EVERYDAY = frozenset({"and", "left", "right"})
"""Joins parts of messages; sides of a grid, of an operator, of a table; what comes out right."""

DISTINCTIVE = re.compile(
    r"\b(SCAN|PCFG|HINT|jump|thrice|turn left|turn right|around left|around right|"
    r"opposite left|opposite right|I_[A-Z]+|swap_first_last|prepend|remove_first|remove_second|"
    r"\w+_twin)\b"
)
"""What nothing in an engine needs, not even in prose."""

GAP = "\0"
LEARNER = (
    "nsr/abduction/",
    "nsr/parsing/",
    "nsr/perception/channel",
    "nsr/machine",
    "nsr/semantics",
)
"""Where words of a language are looked at."""

SEARCHING = frozenset({"count", "index", "find", "rfind", "startswith", "endswith", "split", "get"})


def primitives() -> frozenset[str]:
    """Names in grammars that stand for a primitive: `"name" "(" ... -> alias`, and the aliases."""
    found: set[str] = set()
    for path in GRAMMARS:
        for name, alias in re.findall(r'"(\w+)"[^\n|]*-> *(\w+)', path.read_text()):
            found |= {name, alias}
    return frozenset(found)


def faults(source: str, *, learner: bool = False, names: frozenset[str] = frozenset()) -> list[str]:
    """What a module's source knows of the benchmarks.

    Args:
        source: its text.
        learner: whether it looks at words of a language.
        names: of primitives.
    """
    found = [f"says {match.group()!r}" for match in DISTINCTIVE.finditer(source)]
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [f"imports {name}" for name in imported(node) if is_benchmark(name)]
    for text in literals(tree):
        found += literal_faults(text, names)
    if learner:
        found += [f"looks for {text!r}" for text in looked_for(tree) if text in SIGNS]
    return found


def literals(tree: ast.AST) -> Iterator[str]:
    """Every string, and of strings with gaps the words that are whole."""
    parts: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(node.values)
            texts = [v.value if isinstance(v, ast.Constant) else GAP for v in node.values]
            yield " ".join(word for word in "".join(texts).split() if GAP not in word)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield node.value


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "", *(alias.name for alias in node.names)]


def is_benchmark(name: str) -> bool:
    return name.split(".")[0] in {"benchmarks", "tests"}


def literal_faults(text: str, names: frozenset[str]) -> Iterator[str]:
    """Faults of one literal, whatever it is used for."""
    words = text.split()
    if re.match(r"benchmarks(\.|$)", text):
        yield f"names {text!r}"
    if len(words) == 1 and words[0] in WORDS - EVERYDAY - names:
        yield f"holds the word {words[0]!r}"
    if len(words) > 1:
        for language, known in LANGUAGES.items():
            if known.issuperset(words):
                yield f"holds a sentence of {language}: {text!r}"
    if len(set(text)) > 1 and set(hint.OPERATORS).issuperset(text):
        yield f"holds the operators {text!r}"


def looked_for(tree: ast.AST) -> Iterator[str]:
    """Literals that something is compared with."""
    for node in ast.walk(tree):
        places: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            places = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            places = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Subscript):
            places = [node.slice]
        elif isinstance(node, ast.MatchValue):
            places = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            places = list(node.args) if node.func.attr in SEARCHING else []
        for place in places:
            for inner in ast.walk(place):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


def grammar_faults(text: str) -> list[str]:
    """Words in a grammar that are not the name of a primitive."""
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    found = [f"says {match.group()!r}" for match in DISTINCTIVE.finditer(text)]
    for line in re.split(r"\n|(?<!\")\|(?!\")", code):
        for at in re.finditer(r'"([^"]+)"', line):
            word = at.group(1)
            bracket = word in {*hint.BRACKETS, pcfg.COMMA}
            first = not line[: at.start()].split(":")[-1].strip(" |\t")
            if word in WORDS | SIGNS and not bracket and not (first and "->" in line):
                found.append(f"holds the word {word!r}")
    return found


# -- the engine ------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_knows_no_benchmark(path: Path) -> None:
    learner = str(path.relative_to(ROOT)).startswith(LEARNER)
    assert faults(path.read_text(), learner=learner, names=primitives()) == []


@pytest.mark.parametrize("path", GRAMMARS, ids=lambda p: p.name)
def test_grammar_knows_no_benchmark(path: Path) -> None:
    assert grammar_faults(path.read_text()) == []


def test_all_rooms_are_looked_at() -> None:
    rooms = {path.relative_to(ROOT).parts[0] for path in SOURCES + GRAMMARS}
    assert rooms == {"nsr", "searchers", "grammars"}
    assert sum(str(p.relative_to(ROOT)).startswith(LEARNER) for p in SOURCES) > 10
    assert {"reverse", "reverse_strs", "repeat"} <= primitives()
    assert not primitives() & {"walk", "twice", "echo", "shift", "copy"}


# -- the check itself ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from benchmarks.suites import scan", "imports benchmarks.suites"),
        ("import benchmarks", "imports benchmarks"),
        ("m = importlib.import_module('benchmarks.suites.scan')", "names"),
        ("A = {'walk': 1}", "holds the word 'walk'"),
        ("w = x.replace(' twice', '')", "holds the word 'twice'"),
        ("w = f'{x} twice'", "holds the word 'twice'"),
        ("if w == 'copy': pass", "holds the word 'copy'"),
        ("f('''Learn 'walk'.''', 'B12')", "holds the word 'B12'"),
        ("examples = ['walk twice']", "holds a sentence of SCAN"),
        ("x = '( 1 + 2 )'", "holds a sentence of HINT"),
        ("x = 'append A1 , B1'", "holds a sentence of PCFG SET"),
        ("x = '+-*/'", "holds the operators"),
        ("# as in SCAN", "says 'SCAN'"),
        ("y = 'I_' + w  # I_RUN", "says 'I_RUN'"),
        ("'''Such as swap_first_last.'''", "says 'swap_first_last'"),
        ("if w == '(': pass", "looks for '('"),
        ("if w in ('*', '/'): pass", "looks for '*'"),
        ("d = {'+': 1}", "looks for '+'"),
        ("n = tokens.count(')')", "looks for ')'"),
        ("d['x'] = 11", "looks for 'x'"),
        ("match w:\n case '-': pass", "looks for '-'"),
    ],
)
def test_knowledge_is_found(source: str, fault: str) -> None:
    assert any(text.startswith(fault) for text in faults(source, learner=True)), faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "'''Copy what comes after, and run around twice.'''",
        "message = ' and '.join(names) + ' (' + ', '.join(parts) + ')'",
        "weights[f'shift{number}'] = 0",
        "side = 'left' if k else 'right'",
        "body = inverses['reverse'], inverses['repeat']",
        "return f'{name}({k} + {n})'",
    ],
)
def test_ordinary_text_is_no_knowledge(source: str) -> None:
    assert faults(source, learner=True, names=primitives()) == []


def test_words_in_grammars_are_found() -> None:
    assert grammar_faults('a: "reverse" "(" a "," a ")" -> reverse\n  | "0" -> zero') == []
    assert grammar_faults('a: b "twice"')
    assert grammar_faults('a: "walk"')
    assert grammar_faults('a: a "+" a -> add')
    assert grammar_faults('a: "swap_first_last" "(" a ")" -> swap')
