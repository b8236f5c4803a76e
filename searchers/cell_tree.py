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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nsr.bank import Bank, Entry
from nsr.budget import Meter
from nsr.domain import CellLanguage
from nsr.errors import DeclinedError, LimitReached, UndefinedError
from nsr.executor import Executor
from nsr.program import Literal, Term, Variable, substitute
from nsr.search import PULSE, Candidate, Guide, Problem
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
            for source, term in self._trees(posed, language, meter, guide, rng):
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
        rng: np.random.Generator,
    ) -> Iterator[tuple[str, Term | None]]:
        ground = Bank(problem, meter=meter, guide=guide, max_cost=max(language.caps.values()), caps=language.caps)
        for _ in ground.grow():
            pass
        for number, base in enumerate(_bases(problem, ground, language)):
            yield "", None
            bank = ground
            term = ground.term(base)
            if not isinstance(term, Variable):
                bank = Bank(
                    _on_base(problem, base[0]),
                    meter=meter,
                    guide=guide,
                    max_cost=max(language.caps.values()),
                    caps=language.caps,
                )
                for _ in bank.grow():
                    pass
            cells = _tabulate(problem, bank, base[0], language)
            tests, masks = _tests(cells, problem, language)
            if not tests:
                continue
            for max_leaves in (4, MAX_LEAVES):
                root = _grow(cells, tests, masks, max_leaves, meter)
                if root is None:
                    continue
                tree = _term(root, cells, tests, problem, language)
                if bank is not ground:
                    tree = substitute(tree, lambda t: term if isinstance(t, Variable) else None)
                if problem.space.cost(tree) <= COST_CAP:
                    yield ("" if number == 0 else "+base"), tree
                break


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
    problem: Problem, bank: Bank, base: Column, language: CellLanguage
) -> _Cells:
    """Features and leaves of every cell; only expressions of the base's shape everywhere."""
    count = len(problem.examples)
    shapes = [value.shape for value in base]
    goal = np.concatenate([value.ravel() for value in problem.target])

    def fits(entry: Entry) -> bool:
        return all(v.shape == s for v, s in zip(entry[0], shapes, strict=True))

    leaves, right = [], []
    for entry in bank.entries(language.grid):
        if fits(entry):
            match = _flat(entry[0], count) == goal
            if match.any():
                leaves.append(entry)
                right.append(match)
    order = sorted(range(len(leaves)), key=lambda i: (bank.cost(leaves[i]), -right[i].sum()))
    order = order[:MAX_LEAF_EXPRESSIONS]
    features = [entry for entry in bank.entries(language.field) if fits(entry)]
    terms = [bank.term(entry) for entry in features]
    table = np.stack([_flat(entry[0], count) for entry in features], 1)
    right_matrix = np.stack([right[i] for i in order], 1)
    _, first = np.unique(_row_codes(table, right_matrix), return_index=True)
    rows = np.sort(first)
    if len(rows) > MAX_ROWS:
        rows = rows[:: -(-len(rows) // MAX_ROWS)]
    return _Cells(
        table[rows],
        right_matrix[rows].astype(np.float32),
        tuple(terms),
        tuple(bank.term(leaves[i]) for i in order),
        np.array([bank.cost(leaves[i]) for i in order]),
        np.array([bank.cost(entry) for entry in features]),
        np.array([getattr(term, "primitive", "") == language.color_field for term in terms]),
    )


def _row_codes(table: npt.NDArray[np.int16], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """One 64-bit code per row: equal rows have equal codes, and others almost never do."""
    rng = np.random.default_rng(0)
    code = np.zeros(len(table), np.uint64)
    for block in (table.astype(np.uint64), right.astype(np.uint64)):
        multipliers = rng.integers(1, 2**63, block.shape[1], dtype=np.uint64) | np.uint64(1)
        code += (block * multipliers).sum(1, dtype=np.uint64)
        code ^= code >> np.uint64(29)
    return code


def _tests(
    cells: _Cells, problem: Problem, language: CellLanguage
) -> tuple[list[_Test], Matrix]:
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
    cells: _Cells, tests: list[_Test], masks: Matrix, max_leaves: int, meter: Meter
) -> _Node | None:
    """The tree that is right in every row, or `None` if `max_leaves` do not suffice."""
    costs = np.array([test.cost for test in tests])
    root = _leaf(cells, np.arange(len(cells.right)))
    open_nodes = [root]
    for _ in range(max_leaves - 1):
        node = max(open_nodes, key=lambda n: n.errors)
        if node.errors == 0:
            break
        work = 2 * masks.shape[0] * len(node.rows) * cells.right.shape[1]
        meter.spend(1 + work // FLOPS_PER_FUEL)
        choice = _best_test(masks[:, node.rows], cells.right[node.rows], costs)
        if choice is None:
            return None
        inside = masks[choice, node.rows] > 0
        node.test = choice
        node.inside = _leaf(cells, node.rows[inside])
        node.outside = _leaf(cells, node.rows[~inside])
        open_nodes.remove(node)
        open_nodes += [node.inside, node.outside]
    return root if all(n.errors == 0 for n in open_nodes) else None


def _leaf(cells: _Cells, rows: npt.NDArray[np.intp]) -> _Node:
    """The best leaf for some rows: right most often, then cheapest."""
    hits = cells.right[rows].sum(0)
    best = hits.max()
    candidates = np.flatnonzero(hits == best)
    leaf = int(candidates[np.argmin(cells.leaf_costs[candidates])])
    return _Node(rows, leaf, float(len(rows) - best))


def _best_test(masks: Matrix, right: Matrix, costs: npt.NDArray[np.float64]) -> int | None:
    """The test whose two sides are nearest to being right with one leaf each.

    The impurity of a side is its size times the binary entropy of its best leaf's accuracy, so a
    side that becomes entirely right is worth more than two that only get better.
    """
    inside = masks.sum(1)
    outside = masks.shape[1] - inside
    useful = (inside > 0) & (outside > 0)
    if not useful.any():
        return None
    hits = masks @ right
    impurity = _impurity(inside, hits.max(1)) + _impurity(
        outside, (right.sum(0)[None] - hits).max(1)
    )
    impurity[~useful] = np.inf
    # Description length breaks near-ties: one bit per leaf test against one per misplaced row.
    score = impurity + 0.02 * costs
    return int(np.argmin(score))


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
