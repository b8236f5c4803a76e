"""Learning a language of numbers: meanings are recursions over zero and successor.

Pairs with a single unknown word at the root give examples of that word's meaning, and nsr's own
bottom-up search finds a program for them; it becomes a function of the library, from which the
next word's program may be made (Li et al., 2024, section 3.2, grow their library the same way,
but put in + and - by hand). Syntax is decided as for phrases.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from nsr.abduction.sources import Phrase, partners
from nsr.budget import Budget
from nsr.domain import Primitive
from nsr.errors import LimitReached, UndefinedError
from nsr.executor import Executor
from nsr.guard import guard
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.levels import Climber, decide
from nsr.parsing.reading import Reader
from nsr.program import Apply, Lambda, Literal, Term, Variable, children, rebuild
from nsr.search import Problem, Uniform, get_searcher
from nsr.space import Production, Space
from nsr.task import Example
from nsr.values import Undefined

NumberPair: TypeAlias = tuple[Phrase, int]

TYPE: Final = "int"
SAMPLE: Final = 400
FUELS: Final = (300_000, 3_000_000, 30_000_000)
"""Fuel for one word's program, raised when no word can be solved with less."""

SHOWN: Final = 8
"""Examples that a search sees at first; the others check what it finds."""

CAP: Final = 1000
"""Larger numbers are undefined while programs are searched for."""

_RUN: Final = Budget(fuel=5_000_000)


def learn_numbers(
    pairs: Sequence[NumberPair],
    space: Space,
    *,
    seed: int = 0,
    seconds: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Syntax, float]:
    """A lexicon and its syntax from inputs and numbers, and the share of pairs it gets right."""
    distinct = list(dict.fromkeys(pairs))
    rng = np.random.default_rng(seed)
    constants = {x[0]: y for x, y in distinct if len(x) == 1}
    words = sorted({w for x, _ in distinct for w in x} - set(constants))
    some = [distinct[i] for i in rng.permutation(len(distinct))[:2000]]
    closing = partners([x for x, _ in some], words)
    plain = {w: Entry(w, "w", number_term(v)) for w, v in constants.items()}
    best = Syntax(plain), 0.0
    with contextlib.suppress(LimitReached), guard(seconds=seconds):
        found = _programs(distinct, words, closing, constants, space, rng, progress)
        silent = set(closing.values())
        options: dict[str, Sequence[Entry]] = {w: () for w in words if w not in silent}
        options |= {entry.word: (entry,) for entry in found}
        for head in closing:
            if not options[head]:
                options[head] = [Entry(head, "w_v", t, closing[head]) for t in _unary()]
        meaning = functools.partial(number_meaning, space)
        climber = Climber(options, sorted(silent), constants, some[:SAMPLE], meaning, rng)
        syntax = decide(climber, plain, open_class=False).syntax
        reader = Reader(syntax, meaning)
        exact = sum(reader.value(x) == y for x, y in distinct) / len(distinct)
        best = syntax, exact
        if progress is not None:
            progress(f"{exact:.1%} of the training pairs")
    return best


def number_term(value: int) -> Term:
    """The program of a plain word: its number."""
    return Literal(value, "INT", TYPE)


def number_meaning(space: Space, entry: Entry) -> Callable[..., int]:
    """A program as a function of numbers that remembers its results."""
    executor = Executor(space.domain)

    @functools.lru_cache(maxsize=1 << 18)
    def run(*values: int) -> int | Undefined:
        try:
            found: int | Undefined = executor.run(entry.program, [values], meter=_RUN.meter())[0]
        except LimitReached as reached:
            return Undefined(str(reached))
        return found

    def meaning(*values: int) -> int:
        found = run(*values)
        if isinstance(found, Undefined):
            raise UndefinedError(found.reason)
        return found

    return meaning


def _unary() -> list[Term]:
    x = Variable(0, TYPE)
    return [x, Apply("inc", (x,), TYPE), Apply("dec", (x,), TYPE)]


def _examples(
    pairs: Sequence[NumberPair], word: str, constants: Mapping[str, int]
) -> tuple[str, list[Example]] | None:
    """The word's pattern and what it does, from pairs where all else is plain."""
    found: dict[str, dict[tuple[int, ...], int]] = {}
    clash: set[str] = set()
    for x, y in pairs:
        if not 2 <= len(x) <= 3 or x.count(word) != 1:
            continue
        others = tuple(w for w in x if w != word)
        if any(w not in constants for w in others):
            continue
        pattern = "".join("w" if w == word else "_" for w in x)
        values = tuple(constants[w] for w in others)
        if found.setdefault(pattern, {}).setdefault(values, y) != y:
            clash.add(pattern)
    usable = [p for p in found if p not in clash]
    if not usable:
        return None
    pattern = max(usable, key=lambda p: len(found[p]))
    return pattern, [Example(v, y) for v, y in sorted(found[pattern].items())]


def _programs(
    pairs: Sequence[NumberPair],
    words: Sequence[str],
    closing: Mapping[str, str],
    constants: Mapping[str, int],
    space: Space,
    rng: np.random.Generator,
    progress: Callable[[str], None] | None,
) -> list[Entry]:
    """Entries found by search, easiest words first."""
    tasks: dict[str, tuple[str, list[Example]]] = {}
    for word in words:
        if word not in closing and word not in closing.values():
            task = _examples(pairs, word, constants)
            if task is not None:
                tasks[word] = task
    found: list[Entry] = []
    library = _capped(space)
    level = 0
    while tasks and level < len(FUELS):
        solved = None
        for word, (pattern, examples) in tasks.items():
            term = _search(examples, library, FUELS[level], rng)
            if term is not None:
                solved = word, Entry(word, pattern, _plain(term, pattern.count("_"), found))
                break
        if solved is None:
            level += 1
            continue
        word, entry = solved
        del tasks[word]
        found.append(entry)
        library = _with(library, f"f{len(found)}", entry, space)
        if progress is not None:
            progress(f"{word} := {space.format(entry.program)}")
        level = 0
    return found


def _search(
    examples: Sequence[Example], space: Space, fuel: int, rng: np.random.Generator
) -> Term | None:
    """The cheapest program that the search finds for some examples and all confirm."""
    shown = [examples[i] for i in rng.permutation(len(examples))[:SHOWN]]
    types = (TYPE,) * len(examples[0].inputs)
    executor = Executor(space.domain)
    meter = Budget(fuel=fuel).meter()
    for _ in range(SHOWN):
        problem = Problem(space, TYPE, types, tuple(shown))
        searcher = get_searcher("bottom-up")()
        counter = None
        with contextlib.suppress(LimitReached):
            for candidate in searcher.search(problem, meter=meter, guide=Uniform(), rng=rng):
                if candidate is None:
                    continue
                values = executor.run(
                    candidate.program, [e.inputs for e in examples], meter=_RUN.meter()
                )
                wrong = [e for e, v in zip(examples, values, strict=True) if v != e.output]
                if not wrong:
                    return candidate.program
                counter = wrong[0]
                break
        if counter is None:
            return None
        shown.append(counter)
    return None


def _capped(space: Space) -> Space:
    """The space with small numbers only, so that no step of a search takes long."""
    small = replace(space.domain.type(TYPE), fits=lambda value: 0 <= value <= CAP)
    return replace(space, domain=replace(space.domain, types={**space.domain.types, TYPE: small}))


def _with(library: Space, name: str, entry: Entry, base: Space) -> Space:
    """The space with one more primitive: a learnt meaning."""
    primitive = Primitive(name, number_meaning(base, entry), 1.0)
    domain = replace(library.domain, primitives={**library.domain.primitives, name: primitive})
    arguments = (TYPE,) * entry.arity
    template: list[str | int] = [f"{name}("]
    for i in range(entry.arity):
        template += [i, ", "] if i + 1 < entry.arity else [i, ")"]
    production = Production(TYPE, "apply", name, arguments, tuple(template), 1.0)
    by_type = {**library.by_type, TYPE: (*library.by_type[TYPE], production)}
    return replace(library, domain=domain, by_type=by_type)


def _plain(term: Term, inputs: int, found: Sequence[Entry]) -> Term:
    """The program with learnt functions written out."""
    programs = {f"f{i}": entry.program for i, entry in enumerate(found, 1)}

    def write(node: Term, depth: int) -> Term:
        if isinstance(node, Lambda):
            depth += len(node.params)
        parts = tuple(write(part, depth) for part in children(node))
        if isinstance(node, Apply) and node.primitive in programs:
            return _inline(programs[node.primitive], parts, depth)
        return rebuild(node, parts) if parts else node

    return write(term, inputs)


def _inline(program: Term, arguments: Sequence[Term], depth: int) -> Term:
    """A program with terms for its inputs, its own variables counted on from `depth`."""
    arity = len(arguments)

    def move(node: Term, deeper: int) -> Term:
        if isinstance(node, Variable):
            if node.index < arity:
                # Function literals inside an argument lie deeper now.
                return _deeper(arguments[node.index], depth, deeper)
            return Variable(node.index - arity + depth, node.type)
        if isinstance(node, Lambda):
            params = tuple(Variable(p.index - arity + depth, p.type) for p in node.params)
            return Lambda(params, move(node.body, deeper + len(params)), node.type)
        parts = tuple(move(part, deeper) for part in children(node))
        return rebuild(node, parts) if parts else node

    return move(program, 0)


def _deeper(term: Term, depth: int, by: int) -> Term:
    """A term whose own parameters (those from `depth` on) are counted on by `by`."""
    if not by:
        return term
    if isinstance(term, Variable):
        return Variable(term.index + by, term.type) if term.index >= depth else term
    if isinstance(term, Lambda):
        params = tuple(Variable(p.index + by, p.type) for p in term.params)
        return Lambda(params, _deeper(term.body, depth, by), term.type)
    parts = tuple(_deeper(part, depth, by) for part in children(term))
    return rebuild(term, parts) if parts else term
