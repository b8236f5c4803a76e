"""Latent programs of several parts: how they are decoded, kept, searched and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import nsr
from nsr.errors import InputError
from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Cells, Drawn
from nsr.latent.composition import Composition, Table
from nsr.latent.parts import IDLE, known_programs, with_idle
from nsr.latent.search import Gradient, Support
from nsr.latent.solver import LatentSolver, sampled
from nsr.latent.training import Schedule
from tests.latents import CANVASES, SMALL, drawn, network, tensors

LINE = Canvas("sequences", 1, 6, 4, patch=1)
RULES: tuple[Callable[[Cells], Cells], ...] = (
    lambda x: x,
    lambda x: (x + 1) % 4,
    lambda x: np.where(x == 2, 0, x),
    lambda x: np.where(np.pad(x, ((0, 0), (1, 0)))[:, :-1] == 1, 3, x),
    lambda x: np.minimum(2 * x, 3),
)


class Rules:
    """Stands for a network whose latent programs are numbers of `RULES`."""

    canvas = LINE
    at_once = 3

    def run(self, x: Cells, z: np.ndarray) -> Cells:
        return np.stack([RULES[int(n)](one) for one, (n,) in zip(x, z, strict=True)])


KNOWN = torch.arange(len(RULES), dtype=torch.float32)[:, None]


def lines(seed: int, tasks: int, pairs: int) -> Cells:
    shape = (tasks, pairs, 1, LINE.width)
    return np.random.default_rng(seed).integers(4, size=shape).astype(np.uint8)


def applied(program: Iterable[int], x: Cells) -> Cells:
    for rule in program:
        x = np.stack([RULES[rule](one) for one in x])
    return x


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
def test_the_output_of_a_part_is_the_input_of_the_next(canvas: Canvas) -> None:
    net = network(canvas)
    with torch.no_grad():  # so that every output is nearly certain
        for head in (net.cells, net.rows, net.columns):
            head.weight *= 1000
            head.bias *= 1000
    x = torch.from_numpy(drawn(canvas, 1, 20, 1).x[:, 0])
    z = torch.randn(20, 3 * SMALL.latent)
    wanted = x
    for part in z.split(SMALL.latent, 1):
        wanted = net.answers(wanted, part)
    found = net.answers(x, z)
    assert (found == wanted).flatten(1).all(1).float().mean() > 0.9
    assert (wanted != net.answers(x, z[:, : SMALL.latent])).any()


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
def test_what_is_between_parts_is_a_distribution_over_symbols(canvas: Canvas) -> None:
    net = network(canvas)
    x = torch.from_numpy(drawn(canvas, 2, 5, 1).x[:, 0])
    state = net._likely(net.decode(x, torch.randn(5, SMALL.latent)))
    assert state.shape == (5, canvas.height, canvas.width, canvas.symbols + 1)
    assert (state >= -1e-6).all()
    assert torch.allclose(state.sum(3), torch.ones(()))


def test_gradients_reach_every_part() -> None:
    net = network(LINE)
    support = Support(net, *(torch.from_numpy(lines(s, 2, 3)) for s in (0, 1)))
    _, gradient = support.climb(torch.randn(2, 1, 4 * SMALL.latent))
    assert (gradient.view(2, 4, -1).abs().sum(2) > 0).all()


class Reader(Rules):
    """Stands for a network whose encoder reads the rule from any pair."""

    def encode(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rules = [
            next(n for n, rule in enumerate(RULES) if np.array_equal(rule(a), b))
            for a, b in zip(x.numpy(), y.numpy(), strict=True)
        ]
        return torch.tensor(rules, dtype=torch.float32)[:, None], torch.zeros(len(x), 1)

    def answers(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.run(x.numpy(), z.numpy()))


def test_known_programs_are_those_that_several_sets_of_pairs_show() -> None:
    rules = [4, 1, 1, 3, 2, 2, 0, 0]
    row = np.uint8([0, 1, 2, 3, 1, 2])  # so that no rule does what another does
    x = np.random.default_rng(0).permuted(np.tile(row, (len(rules), 3, 1, 1)), axis=3)
    x[5] = x[4, ::-1]  # the same pairs vouch for nothing new
    y = np.stack([applied([rule], pairs) for rule, pairs in zip(rules, x, strict=True)])
    pairs = torch.from_numpy(x), torch.from_numpy(y.astype(np.uint8))
    known = known_programs(Reader(), *pairs)  # type: ignore[arg-type]
    assert known.tolist() == [[0], [1]]  # what changes least comes first
    assert known_programs(Reader(), *(side[:1] for side in pairs)).shape == (0, 1)  # type: ignore[arg-type]


def test_some_tasks_of_training_do_nothing() -> None:
    data = Drawn(lines(1, 2000, 3), lines(2, 2000, 3))
    found = with_idle(data, np.random.default_rng(0))
    idle = (found.y == data.x).all((1, 2, 3))
    assert idle.mean() == pytest.approx(1 / IDLE, abs=0.03)
    assert np.array_equal(found.x, data.x)
    assert np.array_equal(found.y[~idle], data.y[~idle])


@given(seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_the_table_decodes_everything_once(seed: int) -> None:
    net, rng = network(LINE), np.random.default_rng(seed)
    known = torch.randn((3, SMALL.latent), generator=torch.Generator().manual_seed(seed))
    spent: list[int] = []
    table = Table(net, known, spent.append)
    cells = lines(seed, 1, 90)[0]
    places = table.places(cells)
    assert np.array_equal(table.cells(places), cells)
    part = rng.integers(3, size=90)
    for _ in range(2):
        found = table.cells(table.after(places, part))
        assert np.array_equal(found, net.run(cells, known.numpy()[part]))
    assert sum(spent) == len({(int(a), int(b)) for a, b in zip(places, part, strict=True)})


@pytest.mark.parametrize("seed", range(5))
def test_programs_of_several_parts_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = rng.integers(1, len(RULES), size=3)
    x = lines(seed, 1, 12)[0]
    y = applied(program, x)
    plan = Composition(parts=5)
    table = Table(Rules(), KNOWN)  # type: ignore[arg-type]
    found = plan.program(table, x[:8], y[:8], torch.Generator().manual_seed(seed))
    assert np.array_equal(applied(found, x[:8]), y[:8])
    assert found.count(0) >= 2  # no more parts than there are rules
    again = plan.program(table, x[:8], y[:8], torch.Generator().manual_seed(seed))
    assert again == found


def test_what_does_not_fit_climbs() -> None:
    net = network(LINE)
    known = torch.randn(6, SMALL.latent)
    x, y = (torch.from_numpy(lines(n, 3, 3)) for n in (0, 50))
    y[0] = net.answers(x[0], known[:1].expand(3, -1))  # the first task fits
    support = Support(net, x, y, known=known)
    strategy = Composition(parts=1, tries=2, gradient=Gradient(20))
    visited = strategy.search(support, torch.Generator())
    assert support.fitted(visited.best).tolist() == [True, False, False]
    moved = [not any(torch.equal(z, one) for one in known) for z in visited.best]
    assert moved == [False, True, True]


def test_search_never_keeps_less_likely_latents() -> None:
    net = network(LINE)
    known = torch.randn(6, SMALL.latent)
    for seed in range(3):
        x, y = (torch.from_numpy(lines(seed + n, 4, 3)) for n in (0, 50))
        support = Support(net, x, y, known=known)
        strategy = Composition(parts=2, tries=2, gradient=Gradient(3))
        visited = strategy.search(support, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            kept = support.scores(visited.best[:, None])[:, 0]
        assert torch.equal(visited.latents[:, 0, : SMALL.latent], support.start)
        assert (visited.latents[:, 0, SMALL.latent :] == known[0]).all()
        assert (kept >= visited.scores[:, 0] - 1e-4).all()
        assert torch.allclose(visited.scores.max(1).values, kept, atol=1e-4)


def test_the_order_of_pairs_does_not_matter() -> None:
    net = network(LINE)
    known = torch.randn(6, SMALL.latent)
    x, y = (torch.from_numpy(lines(n, 2, 4)) for n in (0, 50))
    strategy = Composition(parts=3, tries=3, gradient=Gradient(0))
    one, two = (
        strategy.search(Support(net, *pairs, known=known), torch.Generator().manual_seed(1))
        for pairs in ((x, y), (x.flip(1), y.flip(1)))
    )
    assert torch.allclose(one.latents, two.latents, atol=1e-5)


def test_without_known_programs_there_is_one_part() -> None:
    pairs = tensors(drawn(CANVASES[0], 0))
    support = Support(network(CANVASES[0]), *pairs, known=torch.zeros(0, SMALL.latent))
    visited = Composition(3).search(support, torch.Generator().manual_seed(0))
    plain = Gradient(10).search(support, torch.Generator().manual_seed(0))
    assert torch.equal(visited.latents, plain.latents)


def test_settings_that_cannot_be_heeded_are_refused() -> None:
    support = Support(network(CANVASES[0]), *tensors(drawn(CANVASES[0], 0)))
    with pytest.raises(InputError, match="kept no programs"):
        Composition().search(support, torch.Generator())
    with pytest.raises(InputError, match="parts from 1"):
        Composition(parts=0)
    for gradient in (Gradient(held_out=True), Gradient(starts=2)):
        with pytest.raises(InputError, match="from itself alone"):
            Composition(gradient=gradient)
    with pytest.raises(InputError, match="parts must be at least 1, got 0"):
        LatentSolver(parts=0)


def test_what_the_encoder_says_is_tried_too() -> None:
    net = network(LINE)
    x = torch.from_numpy(lines(0, 1, 4))
    support = Support(net, x, x, known=torch.randn(3, SMALL.latent))
    support.y = net.answers(x[0], support.start.expand(4, -1))[None]
    strategy = Composition(parts=1, tries=0, gradient=Gradient(1))
    visited = strategy.search(support, torch.Generator())
    assert support.fitted(visited.best).all()
    assert any(torch.equal(z, support.start[0]) for z in visited.latents[0])


def test_a_network_of_single_rules_solves_tasks_of_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source(rng: np.random.Generator, count: int) -> Drawn:
        x = rng.integers(4, size=(count, 4, 1, LINE.width)).astype(np.uint8)
        rules = rng.integers(1, len(RULES), size=count)
        y = np.stack([[RULES[rule](a) for a in one] for rule, one in zip(rules, x, strict=True)])
        return Drawn(x, y.astype(np.uint8))

    size = Size(width=32, heads=0, reach=1, encoder=1, decoder=1, summary=64, latent=8)
    schedule = Schedule(steps=300, tasks=16, warmup=20, mean=0.98)
    solver = LatentSolver(LINE, size=size, schedule=schedule, parts=3, seed=0).fit(source)
    assert solver.known_ is not None
    assert len(RULES) <= len(solver.known_) <= 2 * len(RULES)
    x = lines(7, 1, 8)[0]
    y = applied((4, 3, 1), x)
    pairs = [(a[0].tolist(), b[0].tolist()) for a, b in zip(x, y, strict=True)]
    task = nsr.Task.from_pairs(pairs[:6], [query for query, _ in pairs[6:]])
    wanted = [tuple(answer) for _, answer in pairs[6:]]
    solution = solver.solve(task)
    assert solution
    assert [solution.attempts(i, 1)[0] for i in range(2)] == wanted
    # What fits is not moved on: every part is a known program.
    assert {part.tobytes() for part in solution.latent.reshape(3, 8)} <= {
        part.numpy().tobytes() for part in solver.known_
    }
    # The same from the file, as a searcher, and from the text of the program.
    solver.save(tmp_path / "rules.safetensors")
    loaded = LatentSolver.load(tmp_path / "rules.safetensors")
    assert loaded.parts == 3
    assert np.array_equal(loaded.solve(task).latent, solution.latent)
    monkeypatch.setenv("NSR_LATENT", str(tmp_path))
    hypothesis = nsr.solve(task, searcher="latent").hypotheses[0]
    assert all(hypothesis.holds)
    parsed = hypothesis.space.parse(hypothesis.text, goal="ints", inputs=("ints",))
    assert parsed == hypothesis.program
    assert [hypothesis.apply(query) for query, _ in pairs[6:]] == wanted


def test_damaged_known_programs_are_refused(tmp_path: Path) -> None:
    data = [Drawn(lines(n, 1, 4)[0], lines(n + 9, 1, 4)[0]) for n in range(3)]
    solver = LatentSolver(LINE, size=SMALL, schedule=Schedule(steps=1), parts=2).fit(sampled(data))
    path = tmp_path / "n.safetensors"
    for bad in (torch.full((2, SMALL.latent), torch.nan), torch.zeros(2, SMALL.latent + 1)):
        solver.known_ = bad
        solver.save(path)
        with pytest.raises(InputError, match="not a latent solver"):
            LatentSolver.load(path)
    solver.known_, solver.parts = None, 10**9
    solver.save(path)
    with pytest.raises(InputError, match="expected 1 to 100 parts"):
        LatentSolver.load(path)
