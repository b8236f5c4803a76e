"""What was learnt from words, as plain values for JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsr.abduction.kinds import Kind
from nsr.errors import InputError
from nsr.parsing.entries import ARITY, HIDDEN, LITERAL, PATTERNS, Binding, Entry, Syntax
from nsr.space import Space


def syntax_to_json(syntax: Syntax, kind: Kind, space: Space) -> dict[str, Any]:
    """Plain values that say everything about a syntax."""
    plain, entries = {}, []
    for word, entry in syntax.entries.items():
        if not entry.arity:
            plain[word] = kind.meaning(space, entry)()
            continue
        binding = syntax.bindings[word]
        entries.append(
            {
                "word": word,
                "pattern": entry.pattern,
                "literal": entry.literal,
                "program": space.format(entry.program),
                "weight": entry.weight,
                "level": binding.level,
                "right": binding.right,
            }
        )
    return {"open_class": syntax.open_class, "plain": plain, "entries": entries}


def syntax_from_json(data: Mapping[str, Any], kind: Kind, space: Space) -> Syntax:
    """The syntax that these values say.

    Raises:
        InputError, KeyError, TypeError, ValueError, ProgramError: if they say none.
    """
    entries: dict[str, Entry] = {}
    bindings: dict[str, Binding] = {}
    for word, value in data["plain"].items():
        entries[word] = Entry(word, "w", kind.term(kind.read(value, f"word {word!r}")))
    for item in data["entries"]:
        word, pattern, literal = item["word"], item["pattern"], item["literal"]
        if pattern not in PATTERNS or not ARITY[pattern]:
            raise InputError(f"unknown pattern {pattern!r}")
        if (word == HIDDEN) != (pattern == PATTERNS[-1]) or (LITERAL in pattern) != bool(literal):
            raise InputError(f"pattern {pattern!r} does not fit the word {word!r}")
        if not isinstance(word, str) or word in entries:
            raise InputError(f"the word {word!r} stands twice")
        program = space.parse(item["program"], goal=kind.type, inputs=[kind.type] * ARITY[pattern])
        entries[word] = Entry(word, pattern, program, literal, float(item["weight"]))
        bindings[word] = Binding(int(item["level"]), bool(item["right"]))
    syntax = Syntax(entries, bindings, bool(data["open_class"]))
    if clash := sorted(syntax.literals & set(entries)):
        raise InputError(f"the word {clash[0]!r} is both an entry and a literal")
    return syntax
