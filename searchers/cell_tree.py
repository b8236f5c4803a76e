"""Covering a grid cell by cell: a decision tree whose leaves are whole expressions.

Where no single expression gives the output, several may cover it, each in the cells where it is
right: `where(is(near8(x0), 8), blank(x0, 3), x0)`. The bank proposes leaves (grids of the
output's shape) and features (numbers per cell); a tree over tests of features is grown best
first until every leaf is right in all its cells. This is divide and conquer as in EUSolver
(Alur, Radhakrishna, Udupa: Scaling Enumerative Program Synthesis via Divide and Conquer, TACAS
2017), with cells in the role of examples. A grown tree is an ordinary program of the space.

Trees are learnt first on all symmetric views of the examples at once, where the domain names
symmetries: a rule that holds in every pose generalises better than one that only fits this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nsr.budget import Meter
from nsr.domain import CellLanguage
from nsr.errors import DeclinedError
from nsr.executor import Executor
from nsr.program import Literal, Term, Variable, substitute
from nsr.search import PULSE, Candidate, Guide, Problem
from nsr.search.bank import Bank, Entry
from nsr.task import Example
from nsr.values import Column, Undefined

MAX_LEAVES = 10
MAX_ROWS = 6000
MAX_TESTS = 3000
MAX_LEAF_EXPRESSIONS = 160
MAX_VALUES = 10
"""A feature with more distinct numbers than this is cut at quantiles only."""
BASES = 3
"""How many grids, the input first, may serve as the ground that features are read from."""
ROOTS = 4
"""Trees grown per base, each from another root test; their agreement ranks the answers."""
COST_WEIGHT = 0.02
FLOPS_PER_FUEL = 100_000
COST_CAP = 60.0

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Test:
    """A mask expression as data: which feature, which comparison, which number."""

    feature: int
    primitive: str
    number: int
    cost: float


@dataclass(frozen=True)
class _Cells:
    """All cells of all examples of one problem, rows that are equal merged.

    `features` is int16 (rows, features); `right` says which leaf is right, float32 (rows, leaves).
    """

    features: npt.NDArray[np.int16]
    right: Matrix
    feature_terms: tuple[Term, ...]
    leaf_terms: tuple[Term, ...]
    leaf_costs: npt.NDArray[np.float64]
    feature_costs: npt.NDArray[np.float64]
    colors: npt.NDArray[np.bool_]


@dataclass(eq=False)
class _Node:
    """A set of rows with its best leaf, later perhaps split by a test."""

    rows: npt.NDArray[np.intp]
    leaf: int
    errors: float
    test: int | None = None
    inside: _Node | None = None
    outside: _Node | None = None


class CellTree:
    """Learns `where` trees over cells; needs a domain with a cell language."""

    name: ClassVar[str] = "cell-tree"
    exhaustive: ClassVar[bool] = False

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        """Trees that explain every example, the most constrained views first.

        Raises:
            LimitReached: when the meter runs out.
            DeclinedError: if the domain has no cell language or the goal is not its grid type.
        """
        language = problem.domain.cells
        if language is None or problem.goal != language.grid:
            raise DeclinedError(f"domain {problem.domain.name!r} has no cells to cover")
        if problem.input_types != (language.grid,):
            raise DeclinedError(f"needs one input of type {language.grid!r}")
        seen: set[Term] = set()
        for view, posed in _views(problem):
            for source, term in self._trees(posed, language, meter, guide):
                if term is None:
                    yield PULSE
                    continue
                if term in seen:
                    continue
                seen.add(term)
                outputs = Executor(problem.domain).run(term, problem.inputs, meter=meter)
                if problem.solved_by(outputs) and not any(
                    isinstance(value, Undefined) for value in outputs
                ):
                    cost = problem.space.cost(term)
                    yield Candidate(term, cost, outputs, f"{self.name}/{view}{source}")

    def _trees(
        self,
        problem: Problem,
        language: CellLanguage,
        meter: Meter,
        guide: Guide,
    ) -> Iterator[tuple[str, Term | None]]:
        """Trees for one view of the examples, `None` in between as a sign of life."""
        with _grown(problem, meter, guide, language.caps) as ground:
            for number, base in enumerate(_bases(problem, ground, language)):
                with ExitStack() as banks:
                    yield "", None
                    sources = [_Source(ground, None)]
                    term = ground.term(base)
                    if not isinstance(term, Variable):
                        caps = (
                            dict(language.caps)
                            if number == 0
                            else {**language.caps, language.grid: 1.0}
                        )
                        grown = _grown(_on_base(problem, base[0]), meter, guide, caps)
                        sources.append(_Source(banks.enter_context(grown), term))
                    cells = _tabulate(problem, sources, base[0], language)
                    tests, masks = _tests(cells, problem, language)
                    if not tests:
                        continue
                    costs = np.array([test.cost for test in tests])
                    work = 2 * masks.size * cells.right.shape[1]
                    meter.spend(1 + work // FLOPS_PER_FUEL)
                    for root in _best_tests(masks, cells.right, costs, ROOTS):
                        yield "", None
                        tree = _grow(cells, root, masks, costs, meter)
                        if tree is not None:
                            found = _term(tree, cells, tests, problem, language)
                            if problem.space.cost(found) <= COST_CAP:
                                yield "" if number == 0 else "+base", found


@dataclass(frozen=True)
class _Source:
    """A bank of features and leaves, and what its variable stands for."""

    bank: Bank
    base: Term | None

    def term(self, entry: Entry) -> Term:
        term = self.bank.term(entry)
        if self.base is None:
            return term
        return substitute(term, lambda t: self.base if isinstance(t, Variable) else None)

    def cost(self, entry: Entry) -> float:
        return self.bank.cost(entry) + (0.0 if self.base is None else 1.0)


@contextmanager
def _grown(
    problem: Problem, meter: Meter, guide: Guide, caps: Mapping[str, float]
) -> Iterator[Bank]:
    """A whole bank, for as long as it is needed."""
    with closing(
        Bank(problem, meter=meter, guide=guide, max_cost=max(caps.values()), caps=caps)
    ) as bank:
        for _ in bank.grow():
            pass
        yield bank


def _views(problem: Problem) -> Iterator[tuple[str, Problem]]:
    """The problem with every symmetric copy of its examples, then as it is."""
    symmetries = problem.domain.symmetries
    if symmetries:
        examples: list[Example] = []
        value_type = problem.domain.type(problem.goal)
        seen = set()
        for pose in symmetries.values():
            for example in problem.examples:
                posed = Example(tuple(map(pose, example.inputs)), pose(example.output))
                key = (value_type.column_key(posed.inputs), value_type.column_key((posed.output,)))
                if key not in seen:
                    seen.add(key)
                    examples.append(posed)
        # The identity is the first symmetry, so the examples themselves lead.
        yield "posed", replace(problem, examples=tuple(examples))
    yield "plain", problem


def _on_base(problem: Problem, column: Column) -> Problem:
    """The problem with a base state in the place of the input."""
    count = len(problem.examples)
    examples = tuple(
        Example((value,), example.output)
        for value, example in zip(column[:count], problem.examples, strict=True)
    )
    return replace(problem, examples=examples, queries=tuple((v,) for v in column[count:]))


def _bases(problem: Problem, bank: Bank, language: CellLanguage) -> list[Entry]:
    """Grids of the output's shape, most like the output first, the input itself leading."""
    target = problem.target
    scored = []
    for order, entry in enumerate(bank.entries(language.grid)):
        states = entry[0]
        if any(s.shape != t.shape for s, t in zip(states, target, strict=False)):
            continue
        likeness = float(np.mean([np.mean(s == t) for s, t in zip(states, target, strict=False)]))
        is_input = isinstance(bank.term(entry), Variable)
        scored.append((not is_input, -round(likeness, 6), order, entry))
    return [entry for *_, entry in sorted(scored, key=lambda item: item[:3])[:BASES]]


def _flat(column: Column, count: int) -> npt.NDArray[Any]:
    return np.concatenate([value.ravel() for value in column[:count]])


def _tabulate(
    problem: Problem, sources: list[_Source], base: Column, language: CellLanguage
) -> _Cells:
    """Features and leaves of every cell; only expressions of the base's shape everywhere."""
    count = len(problem.examples)
    shapes = [value.shape for value in base]
    goal = np.concatenate([value.ravel() for value in problem.target])

    def fitting(type_name: str) -> Iterator[tuple[float, _Source, Entry, npt.NDArray[Any]]]:
        value_type = problem.domain.type(type_name)
        seen = set()
        for source in sources:
            for entry in source.bank.entries(type_name):
                if all(v.shape == s for v, s in zip(entry[0], shapes, strict=True)):
                    key = value_type.column_key(entry[0])
                    if key not in seen:
                        seen.add(key)
                        yield source.cost(entry), source, entry, _flat(entry[0], count)

    leaves = [
        (cost, -int(match.sum()), source, entry, match)
        for cost, source, entry, values in fitting(language.grid)
        if (match := values == goal).any()
    ]
    leaves.sort(key=lambda leaf: leaf[:2])
    del leaves[MAX_LEAF_EXPRESSIONS:]
    features = [
        (cost, source.term(entry), values)
        for cost, source, entry, values in fitting(language.field)
        if values.min() != values.max()
    ]
    if not leaves or not features:
        return _NO_CELLS
    table = np.stack([values for *_, values in features], 1)
    right = np.stack([match for *_, match in leaves], 1)
    _, first = np.unique(_row_codes(table, right), return_index=True)
    rows = np.sort(first)
    if len(rows) > MAX_ROWS:
        rows = rows[:: -(-len(rows) // MAX_ROWS)]
    return _Cells(
        table[rows],
        right[rows].astype(np.float32),
        tuple(term for _, term, _ in features),
        tuple(source.term(entry) for _, _, source, entry, _ in leaves),
        np.array([cost for cost, *_ in leaves]),
        np.array([cost for cost, *_ in features]),
        np.array([getattr(t, "primitive", "") == language.color_field for _, t, _ in features]),
    )


_NO_CELLS = _Cells(
    features=np.zeros((0, 0), np.int16),
    right=np.zeros((0, 0), np.float32),
    feature_terms=(),
    leaf_terms=(),
    leaf_costs=np.zeros(0),
    feature_costs=np.zeros(0),
    colors=np.zeros(0, np.bool_),
)


def _row_codes(
    table: npt.NDArray[np.int16], right: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint64]:
    """One 64-bit code per row: equal rows have equal codes, and others almost never do."""
    rng = np.random.default_rng(0)
    code = np.zeros(len(table), np.uint64)
    for block in (table.astype(np.uint64), right.astype(np.uint64)):
        multipliers = rng.integers(1, 2**63, block.shape[1], dtype=np.uint64) | np.uint64(1)
        code += (block * multipliers).sum(1, dtype=np.uint64)
        code ^= code >> np.uint64(29)
    return code


def _tests(cells: _Cells, problem: Problem, language: CellLanguage) -> tuple[list[_Test], Matrix]:
    """Every comparison of a feature with a number that separates the rows, cheapest first."""
    tests: list[_Test] = []
    masks: list[npt.NDArray[np.bool_]] = []
    seen: set[bytes] = set()
    literal = problem.domain.literals[language.number].cost
    proposals: list[tuple[float, int, str, int]] = []
    for feature in range(cells.features.shape[1]):
        numbers = np.unique(cells.features[:, feature])
        if len(numbers) < 2:
            continue
        if len(numbers) > MAX_VALUES:
            picks = np.linspace(0, len(numbers) - 1, MAX_VALUES).astype(int)
            numbers = numbers[picks]
        base_cost = float(cells.feature_costs[feature])
        for number in numbers.tolist():
            cost = base_cost + literal(number)
            proposals.append((cost + 0.5, feature, language.equals, number))
            if not cells.colors[feature]:
                proposals.append((cost + 0.6, feature, language.at_most, number))
    for cost, feature, primitive, number in sorted(proposals):
        column = cells.features[:, feature]
        mask = column == number if primitive == language.equals else column <= number
        if mask.all() or not mask.any():
            continue
        key = (mask if mask[0] else ~mask).tobytes()
        if key in seen:
            continue
        seen.add(key)
        tests.append(_Test(feature, primitive, number, cost))
        masks.append(mask)
        if len(tests) == MAX_TESTS:
            break
    matrix = np.stack(masks).astype(np.float32) if masks else np.zeros((0, 0), np.float32)
    return tests, matrix


def _grow(
    cells: _Cells, first: int, masks: Matrix, costs: npt.NDArray[np.float64], meter: Meter
) -> _Node | None:
    """The tree with test `first` at its root that is right in every row, or `None`.

    Best first: the leaf with most errors is split next, until `MAX_LEAVES`.
    """
    root = _leaf(cells, np.arange(len(cells.right)))
    _split(cells, root, first, masks)
    assert root.inside is not None
    assert root.outside is not None
    open_nodes = [root.inside, root.outside]
    while True:
        node = max(open_nodes, key=lambda n: n.errors)
        if node.errors == 0:
            return root
        if len(open_nodes) == MAX_LEAVES:
            return None
        work = 2 * masks.shape[0] * len(node.rows) * cells.right.shape[1]
        meter.spend(1 + work // FLOPS_PER_FUEL)
        choices = _best_tests(masks[:, node.rows], cells.right[node.rows], costs, 1)
        if not choices:
            return None
        _split(cells, node, choices[0], masks)
        assert node.inside is not None
        assert node.outside is not None
        open_nodes.remove(node)
        open_nodes += [node.inside, node.outside]


def _split(cells: _Cells, node: _Node, test: int, masks: Matrix) -> None:
    inside = masks[test, node.rows] > 0
    node.test = test
    node.inside = _leaf(cells, node.rows[inside])
    node.outside = _leaf(cells, node.rows[~inside])


def _leaf(cells: _Cells, rows: npt.NDArray[np.intp]) -> _Node:
    """The best leaf for some rows: right most often, then cheapest."""
    hits = cells.right[rows].sum(0)
    best = hits.max()
    candidates = np.flatnonzero(hits == best)
    leaf = int(candidates[np.argmin(cells.leaf_costs[candidates])])
    return _Node(rows, leaf, float(len(rows) - best))


def _best_tests(
    masks: Matrix, right: Matrix, costs: npt.NDArray[np.float64], count: int
) -> list[int]:
    """The tests whose two sides are nearest to being right with one leaf each.

    The impurity of a side is its size times the binary entropy of its best leaf's accuracy, so a
    side that becomes entirely right is worth more than two that only get better.
    """
    inside = masks.sum(1)
    outside = masks.shape[1] - inside
    hits = masks @ right
    impurity = _impurity(inside, hits.max(1)) + _impurity(
        outside, (right.sum(0)[None] - hits).max(1)
    )
    impurity[(inside == 0) | (outside == 0)] = np.inf
    # Description length breaks near-ties: a bit of test against a fraction of a misplaced row.
    order = np.argsort(impurity + COST_WEIGHT * costs, kind="stable")[:count]
    return [int(test) for test in order if np.isfinite(impurity[test])]


def _impurity(total: npt.NDArray[Any], best: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    p = np.clip(best / np.maximum(total, 1.0), 1e-6, 1 - 1e-6).astype(np.float64)
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    worst = np.where(p < 0.5, 2 - entropy, entropy)  # below one half entropy would fall again
    return np.asarray(np.where(best >= total, 0.0, total * worst), np.float64)


def _term(
    node: _Node, cells: _Cells, tests: list[_Test], problem: Problem, language: CellLanguage
) -> Term:
    if node.test is None or node.inside is None or node.outside is None:
        return cells.leaf_terms[node.leaf]
    test = tests[node.test]
    space = problem.space
    number = Literal(test.number, language.number, language.number)
    mask = space.apply(test.primitive, cells.feature_terms[test.feature], number)
    return space.apply(
        language.choose,
        mask,
        _term(node.inside, cells, tests, problem, language),
        _term(node.outside, cells, tests, problem, language),
    )
