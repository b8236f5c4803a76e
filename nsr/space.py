"""Program spaces: a `.lark` file read both as the syntax of programs and as what may be searched.

A rule is a type, an alternative with an alias is the application of the primitive of that name,
and the alternative's symbols are its arguments. Three alternatives need no alias:

    int: VAR                         a variable in scope
       | INT                         a literal (an unfiltered terminal; see `LiteralType`)
    int_to_int: VAR "=>" int         a function literal (its types are in the rule's name)

Everything else in an alternative is punctuation. Printing a term with the same alternatives gives
text that parses back to the same term.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from nsr.domain import Domain, get_domain
from nsr.errors import GrammarError, ProgramError, UnknownNameError
from nsr.program import MAX_DEPTH, Apply, Hole, Lambda, Literal, Term, Variable, depth
from nsr.values import Value, function_signature

VARIABLE = "VAR"
INPUT_BITS = 1.0
"""Cost of an input in a program."""
PARAMETER_BITS = 0.5
"""Cost of a function's own parameter: there are few, and a function without is of little use."""
HOLE_TEXT = "?"
_MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Production:
    """One alternative of a rule: a way to make a term of `type` from arguments.

    `kind` is "apply", "variable", "literal" or "lambda". `args` names the argument types; a
    literal terminal counts as a type of its own. `template` is the text: strings, and numbers of
    arguments. A lambda has its parameters first in the template; its `args` is the body's type.
    """

    type: str
    kind: str
    name: str
    args: tuple[str, ...]
    template: tuple[str | int, ...]
    cost: float

    def __str__(self) -> str:
        return f"{self.type}: {self.name}({', '.join(self.args)})"


@dataclass(frozen=True, eq=False)
class Space:
    """Which programs exist: typed productions over a domain.

    Build one with `load_space`; `restrict` makes smaller ones. `constants` are literals worth
    enumerating besides those of the domain, with their bits.
    """

    name: str
    domain: Domain
    by_type: Mapping[str, tuple[Production, ...]]
    grammar: str
    constants: Mapping[str, Mapping[Value, float]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """The fields; what was computed from them is computed again."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    # -- search ------------------------------------------------------------------------------
    def productions(self, type_name: str) -> tuple[Production, ...]:
        """The ways to make a term of a type, in the order of the grammar."""
        return self.by_type.get(type_name, ())

    @property
    def types(self) -> tuple[str, ...]:
        """All types of the space, in the order of the grammar."""
        return tuple(self.by_type)

    @functools.cached_property
    def applications(self) -> Mapping[str, Production]:
        """Primitive name -> its production."""
        return {p.name: p for ps in self.by_type.values() for p in ps if p.kind == "apply"}

    def literals(self, terminal: str, type_name: str | None = None) -> Iterator[Literal]:
        """The literals of a terminal that are worth enumerating."""
        candidates = self.domain.literals[terminal].candidates
        for value in dict.fromkeys((*candidates, *self.constants.get(terminal, ()))):
            yield Literal(value, terminal, type_name or terminal)

    def literal_cost(self, terminal: str, value: Value) -> float:
        """Bits of a literal: as the problem's data or else as the domain says."""
        bits = self.constants.get(terminal, {}).get(value)
        return self.domain.literals[terminal].cost(value) if bits is None else bits

    def mined(self, inputs: Iterable[Value], outputs: Iterable[Value]) -> Space:
        """The space with the literals that the values of a problem suggest."""
        if self.domain.constants is None:
            return self
        return replace(self, constants=self.domain.constants(inputs, outputs))

    def restrict(self, primitives: Iterable[str]) -> Space:
        """The space with only these primitives; variables, literals and lambdas stay.

        Raises:
            GrammarError: if one of the names is not a primitive of the space.
        """
        keep = set(primitives)
        if unknown := keep - set(self.applications):
            raise GrammarError(f"space {self.name!r} has no primitive {', '.join(sorted(unknown))}")
        by_type = {
            t: tuple(p for p in ps if p.kind != "apply" or p.name in keep)
            for t, ps in self.by_type.items()
        }
        return replace(self, by_type=by_type)

    def without(self, primitives: Collection[str]) -> Space:
        """The space without these primitives; names it lacks anyway do not matter."""
        return self.restrict(set(self.applications).difference(primitives))

    def apply(self, primitive: str, *args: Term) -> Apply:
        """A typed application; checks number and types of the arguments.

        Raises:
            ProgramError: if they do not fit.
        """
        production = self.applications.get(primitive)
        if production is None:
            raise ProgramError(f"space {self.name!r} has no primitive {primitive!r}")
        got = tuple(arg.type for arg in args)
        if got != production.args:
            raise ProgramError(
                f"{primitive} takes ({', '.join(production.args)}), got ({', '.join(got)})"
            )
        return Apply(primitive, args, production.type)

    def cost(self, term: Term) -> float:
        """Description length of a term in bits: the sum over its productions."""
        total = 0.0
        # With the first index that is a parameter, not an input, where the term stands.
        stack: list[tuple[Term, float]] = [(term, math.inf)]
        while stack:
            node, first = stack.pop()
            if isinstance(node, Apply):
                total += self.applications[node.primitive].cost
                stack.extend((arg, first) for arg in node.args)
            elif isinstance(node, Literal):
                total += self.literal_cost(node.terminal, node.value)
            elif isinstance(node, Lambda):
                stack.append((node.body, min(first, node.params[0].index)))
            elif isinstance(node, Variable):
                total += PARAMETER_BITS if node.index >= first else INPUT_BITS
            else:
                total += 1.0
        return total

    # -- text --------------------------------------------------------------------------------
    def format(self, term: Term) -> str:
        """The text of a term; `parse` of it gives the term back.

        Raises:
            ProgramError: if the term uses a primitive that the space lacks.
        """
        if isinstance(term, Variable):
            return term.name
        if isinstance(term, Literal):
            return self.domain.literals[term.terminal].format(term.value)
        if isinstance(term, Hole):
            return f"{HOLE_TEXT}{term.index}"
        if isinstance(term, Lambda):
            production = next(p for p in self.by_type[term.type] if p.kind == "lambda")
            parts: Sequence[str] = [p.name for p in term.params] + [self.format(term.body)]
        else:
            found = self.applications.get(term.primitive)
            if found is None:
                raise ProgramError(f"space {self.name!r} has no primitive {term.primitive!r}")
            production, parts = found, [self.format(arg) for arg in term.args]
        return "".join(parts[t] if isinstance(t, int) else t for t in production.template)

    def parse(self, text: str, *, goal: str, inputs: Sequence[str] = ()) -> Term:
        """The term of type `goal` that a text spells, over inputs x0, x1, ... of the given types.

        Raises:
            ProgramError: with line and column where the text leaves the grammar; when a variable
                is not in scope or has another type; when the program is too deep or too long.
        """
        if len(text) > _MAX_TEXT:
            raise ProgramError(f"program text of {len(text)} characters; at most {_MAX_TEXT}")
        if goal not in self.by_type:
            raise ProgramError(f"space {self.name!r} has no type {goal!r}")
        try:
            tree = _parser(self.grammar, tuple(self.by_type)).parse(text, start=goal)
        except UnexpectedInput as error:
            context = error.get_context(text, 30).rstrip()
            raise ProgramError(
                f"not a {goal} of space {self.name!r} "
                f"at line {error.line} column {error.column}:\n{context}"
            ) from None
        except (LarkError, RecursionError) as error:
            raise ProgramError(f"cannot parse program: {error}") from None
        term = self._term(tree, goal, tuple(inputs), 0)
        if depth(term) > MAX_DEPTH:
            raise ProgramError(f"program deeper than {MAX_DEPTH}")
        return term

    def _term(self, tree: Tree[Token], goal: str, scope: tuple[str, ...], level: int) -> Term:
        if level > MAX_DEPTH:
            raise ProgramError(f"program deeper than {MAX_DEPTH}")
        kids = tree.children
        if tree.data in self.applications:
            production = self.applications[tree.data]
            args = [
                self._leaf(kid, name, name, scope)
                if isinstance(kid, Token)
                else self._term(kid, name, scope, level + 1)
                for kid, name in zip(kids, production.args, strict=True)
            ]
            return Apply(production.name, tuple(args), production.type)
        signature = function_signature(goal)
        if signature is not None and len(kids) > 1:
            params, result = signature
            variables = tuple(Variable(len(scope) + i, t) for i, t in enumerate(params))
            names = [str(kid) for kid in kids[:-1]]
            if names != [v.name for v in variables]:
                raise ProgramError(
                    f"parameters must be {', '.join(v.name for v in variables)}; "
                    f"got {', '.join(names)}"
                )
            body = kids[-1]
            assert isinstance(body, Tree)
            return Lambda(variables, self._term(body, result, scope + params, level + 1), goal)
        if len(kids) != 1 or not isinstance(kids[0], Token):
            raise ProgramError(f"{tree.data!s} is not in this part of space {self.name!r}")
        return self._leaf(kids[0], kids[0].type, goal, scope)

    def _leaf(self, token: Token, terminal: str, goal: str, scope: tuple[str, ...]) -> Term:
        if terminal == VARIABLE:
            index = int(token[1:])
            if index >= len(scope):
                raise ProgramError(f"variable {token} is not in scope")
            if scope[index] != goal:
                raise ProgramError(f"variable {token} is of type {scope[index]}, needed: {goal}")
            return Variable(index, goal)
        try:
            value = self.domain.literals[terminal].parse(str(token))
        except ValueError as error:
            raise ProgramError(f"{token!s} is no {terminal}: {error}") from None
        return Literal(value, terminal, goal)


def load_space(
    name: str,
    domain: Domain | str | None = None,
    *,
    path: Path | None = None,
    knowledge: Collection[str] = (),
) -> Space:
    """The program space written in `grammars/<name>.lark`, or in a file elsewhere.

    Args:
        name: of the space; also the domain's name when `domain` is not given.
        domain: a `Domain` or the name of one.
        path: a grammar outside the package; by default the domain's own, if it names one.
        knowledge: names of special knowledge of the domain that programs may use, such as
            "numerals" of the domain "sequences".

    Raises:
        UnknownNameError: if there is no such domain or knowledge.
        GrammarError: if the file is missing or does not agree with the domain.
    """
    owner = get_domain(domain or name) if domain is None or isinstance(domain, str) else domain
    if path is None and name == owner.name:
        path = owner.grammar
    if path is None:
        resource = importlib.resources.files("grammars") / f"{name}.lark"
        if not resource.is_file():
            raise GrammarError(f"there is no grammar {name!r}")
        text = resource.read_text(encoding="utf-8")
    else:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise GrammarError(f"cannot read grammar {path}: {error.strerror}") from None
    for wanted in knowledge:
        if wanted not in owner.knowledge:
            raise UnknownNameError("knowledge", wanted, list(owner.knowledge))
    hidden = [owner.knowledge[k] for k in owner.knowledge if k not in knowledge]
    space = _read(name, owner, text)
    return space.without(frozenset().union(*hidden)) if hidden else space


@functools.lru_cache(maxsize=64)
def _parser(grammar: str, starts: tuple[str, ...]) -> Lark:
    # Earley, because one variable token may stand for any type: only the context tells.
    return Lark(grammar, parser="earley", start=list(starts))


@functools.lru_cache(maxsize=64)
def _read(name: str, domain: Domain, grammar: str) -> Space:
    try:
        # The start symbol does not matter for reading the rules; lark wants one that exists.
        starts = tuple(
            line.split(":")[0].strip()
            for line in grammar.splitlines()
            if line[:1].islower() and ":" in line
        )
        parser = _parser(grammar, starts)
    except LarkError as error:
        raise GrammarError(f"grammar {name!r}: {error}") from None
    texts = {t.name: t.pattern.value for t in parser.terminals}
    by_type: dict[str, list[Production]] = {str(start): [] for start in starts}
    seen: set[str] = set()
    for rule in parser.rules:
        type_name = str(rule.origin.name)
        names: list[str] = []
        template: list[str | int] = []
        for symbol in rule.expansion:
            if symbol.is_term and getattr(symbol, "filter_out", False):
                template.append(_spaced(texts[symbol.name]))
            else:
                template.append(len(names))
                names.append(symbol.name)
        production = _production(name, domain, type_name, rule.alias, names, tuple(template))
        if production.kind == "apply":
            if production.name in seen:
                raise GrammarError(f"grammar {name!r}: alias {production.name!r} stands twice")
            seen.add(production.name)
        by_type[type_name].append(production)
    for type_name in by_type:
        if function_signature(type_name) is None:
            domain.type(type_name)
    return Space(name, domain, {t: tuple(ps) for t, ps in by_type.items()}, grammar)


def _production(
    grammar: str,
    domain: Domain,
    type_name: str,
    alias: str | None,
    names: list[str],
    template: tuple[str | int, ...],
) -> Production:
    for symbol in names:
        if symbol.isupper() and symbol != VARIABLE and symbol not in domain.literals:
            raise GrammarError(f"grammar {grammar!r}: domain has no literal type {symbol!r}")
    if alias is not None:
        primitive = domain.primitives.get(alias)
        if primitive is None:
            raise GrammarError(f"grammar {grammar!r}: domain has no primitive {alias!r}")
        return Production(type_name, "apply", alias, tuple(names), template, primitive.cost)
    signature = function_signature(type_name)
    if names == [VARIABLE] and signature is None:
        return Production(type_name, "variable", VARIABLE, (), template, 1.0)
    if len(names) == 1 and names[0] in domain.literals:
        return Production(type_name, "literal", names[0], (), template, 1.0)
    if signature is not None and names == [VARIABLE] * len(signature[0]) + [signature[1]]:
        # Free: there is no other way to write a function.
        return Production(type_name, "lambda", "lambda", (signature[1],), template, 0.0)
    raise GrammarError(
        f"grammar {grammar!r}: alternative {' '.join(names)!r} of {type_name!r} needs an alias"
    )


def _spaced(text: str) -> str:
    return {",": ", ", "=>": " => ", ":": ": "}.get(text, text)
