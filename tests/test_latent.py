"""Latent programs: the laws of canvas, objective, search and training, and the searcher."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nsr
import nsr.testing
from nsr.errors import DeclinedError, InputError
from nsr.latent.canvas import Canvas, Drawn
from nsr.latent.family import Family
from nsr.latent.network import Network, Size
from nsr.latent.objective import climbed, leave_one_out, log_likelihood, loss
from nsr.latent.program import LatentProgram
from nsr.latent.search import (
    Evolution,
    Gradient,
    Hybrid,
    Mean,
    Random,
    Strategy,
    Support,
)
from nsr.latent.solver import LatentSolver, sampled
from nsr.latent.store import network_files
from nsr.latent.symmetry import KINDS, Symmetries
from nsr.latent.training import Schedule, Trainer
from nsr.task import Task

SMALL = Size(width=8, heads=2, encoder=1, decoder=1, hidden=2, summary=16, latent=6)
CANVASES = (
    Canvas("grids", 4, 4, 3),
    Canvas("grids", 5, 3, 10),
    Canvas("grids", 3, 3, 4, patch=1),
    Canvas("sequences", 1, 7, 5, patch=3),
)
STRATEGIES: tuple[Strategy, ...] = (
    Mean(),
    Random(9),
    Gradient(5),
    Gradient(4, optimizer="sgd", rate=0.5, pull=0.01),
    Gradient(3, starts=3),
    Gradient(6, held_out=True),
    Evolution(4, 6),
    Hybrid(Evolution(2, 4), Gradient(3)),
)
seeds = st.integers(0, 2**20)


def drawn(canvas: Canvas, seed: int, tasks: int = 3, pairs: int = 3) -> Drawn:
    """Values of all sizes, at random."""
    rng = np.random.default_rng(seed)
    sides = np.full((2, tasks, pairs, canvas.height, canvas.width), canvas.void, np.uint8)
    for index in np.ndindex(2, tasks, pairs):
        high = int(rng.integers(1, canvas.height + 1))
        wide = int(rng.integers(1, canvas.width + 1))
        sides[index][:high, :wide] = rng.integers(canvas.symbols, size=(high, wide))
    return Drawn(sides[0], sides[1])


def network(canvas: Canvas, seed: int = 0) -> Network:
    torch.manual_seed(seed)
    net = Network(canvas, SMALL)
    for p in net.parameters():  # nothing stays at its zeros
        p.data += 0.2 * torch.randn_like(p)
    return net.eval().requires_grad_(False)


def tensors(data: Drawn) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(data.x), torch.from_numpy(data.y)


# -- canvas ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_values_survive_the_canvas(canvas: Canvas, seed: int) -> None:
    cells = drawn(canvas, seed, 1, 1).x[0, 0]
    value = canvas.value(cells)
    assert np.array_equal(canvas.draw(value), cells)
    assert np.shape(value) == canvas.size(cells)[canvas.kind == "sequences" :]


def test_empty_sequences_have_a_size_too() -> None:
    canvas = Canvas("sequences", 1, 4, 3)
    assert canvas.value(canvas.draw(())) == ()
    assert canvas.size(canvas.draw(())) == (0, 0)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([[1, 2, 3, 1, 1]], "at most 4 x 4 cells, got 1 x 5"),
        ([[7]], "symbols below 3, got 7"),
        ([[-1]], "whole numbers from 0 on"),
        ([[0.5]], "whole numbers from 0 on"),
        ([[1], [1, 2]], "rows of unequal length"),
        ((1, 2), "expected grids, got sequences"),
        ("ab", "expected a grid or a sequence"),
        (None, "expected a grid or a sequence"),
    ],
)
def test_what_does_not_fit_is_refused(value: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        CANVASES[0].draw(value)


def test_the_smallest_canvas_is_found() -> None:
    task = Task.from_pairs([([[1, 0]], [[2], [2], [5]])])
    assert Canvas.of([task]) == Canvas("grids", 3, 2, 6)
    with pytest.raises(InputError, match="got both"):
        Canvas.of([task, Task.from_pairs([([1], [1])])])
    with pytest.raises(InputError, match="at least one task"):
        Canvas.of([])


@pytest.mark.parametrize("options", [{"symbols": 0}, {"width": 31}, {"kind": "x"}, {"patch": 0}])
def test_canvases_have_limits(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="canvas"):
        dataclasses.replace(CANVASES[0], **options)


# -- symmetry --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_views_can_be_undone(kind: str, seed: int) -> None:
    canvas = CANVASES[0]
    data = drawn(canvas, seed)
    view = Symmetries(canvas, kind).draw(np.random.default_rng(seed))
    assert np.array_equal(view.undo(view.see(data.x)), data.x)
    zeros = (view.see(data.x) == 0).sum()
    assert zeros == (data.x == 0).sum()


def test_the_first_view_is_plain_and_without_symmetries_the_only_one() -> None:
    data = drawn(CANVASES[0], 0)
    rng = np.random.default_rng(0)
    for kind in KINDS:
        views = Symmetries(CANVASES[0], kind).views(5, rng)
        assert np.array_equal(views[0].see(data.x), data.x)
        assert len(views) == (1 if kind == "none" else 5)
    with pytest.raises(InputError, match="square"):
        Symmetries(CANVASES[1], "poses")


# -- objective -------------------------------------------------------------------------------------
@given(
    latents=hnp.arrays(np.float32, (2, 4, 3), elements=st.floats(-1e6, 1e6, width=32)),
    place=st.integers(0, 3),
    other=st.floats(-(2.0**90), 2.0**90, width=32),
)
@settings(deadline=None)
def test_leave_one_out_never_sees_its_pair(latents: np.ndarray, place: int, other: float) -> None:
    before = leave_one_out(torch.from_numpy(latents))[:, place].clone()
    latents[:, place] = other
    after = leave_one_out(torch.from_numpy(latents))[:, place]
    assert torch.equal(before, after)


@pytest.mark.parametrize("inner", [0, 2])
def test_the_query_of_training_is_not_in_its_context(inner: int) -> None:
    # The loss of pair 0 must not change when all that is known of it changes but its input.
    canvas = CANVASES[0]
    net = network(canvas)
    x, y = tensors(drawn(canvas, 1, 2, 3))
    mean, _ = net.encode(x.flatten(0, 1), y.flatten(0, 1))
    contexts = leave_one_out(mean.view(2, 3, -1))
    changed = y.clone()
    changed[:, 0] = 0
    again, _ = net.encode(x.flatten(0, 1), changed.flatten(0, 1))
    moved = leave_one_out(again.view(2, 3, -1))
    assert torch.equal(contexts[:, 0], moved[:, 0])
    assert not torch.equal(contexts[:, 1], moved[:, 1])
    found = loss(net, x, y, generator=torch.Generator().manual_seed(0), beta=1e-3, inner=inner)
    assert torch.isfinite(found.total)
    assert found.total >= found.misfit


def test_likelihoods_are_those_of_the_outputs_cells_and_size() -> None:
    canvas = CANVASES[1]
    net = network(canvas)
    x, y = tensors(drawn(canvas, 2, 4, 1))
    z = torch.randn(4, SMALL.latent)
    found = log_likelihood(net, x[:, 0], y[:, 0], z)
    cells, rows, columns = (part.log_softmax(-1) for part in net.decode(x[:, 0], z))
    for i in range(4):
        high, wide = canvas.size(y[i, 0].numpy())
        each = [cells[i, r, c, int(y[i, 0, r, c])] for r in range(high) for c in range(wide)]
        wanted = rows[i, high] + columns[i, wide] + sum(each) / len(each)
        assert found[i] == pytest.approx(float(wanted), abs=1e-4)


def test_inner_steps_raise_the_likelihood() -> None:
    canvas = CANVASES[0]
    net = network(canvas)
    x, y = tensors(drawn(canvas, 3))
    z = torch.zeros(3, SMALL.latent)
    moved = climbed(net, x, y, z, 10)

    def scores(z: torch.Tensor) -> torch.Tensor:
        return log_likelihood(net, x.flatten(0, 1), y.flatten(0, 1), z.repeat_interleave(3, 0))

    assert scores(moved).sum() > scores(z).sum()


# -- search ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
@pytest.mark.parametrize("canvas", CANVASES, ids=str)
def test_search_never_keeps_less_likely_latents(canvas: Canvas, strategy: Strategy) -> None:
    net = network(canvas)
    for seed in range(3):
        support = Support(net, *tensors(drawn(canvas, seed, 4, 2)))
        visited = strategy.search(support, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            kept = support.scores(visited.best[:, None])[:, 0]
            start = support.scores(support.start[:, None])[:, 0]
        assert torch.equal(visited.latents[:, 0], support.start)
        assert (kept >= start - 1e-4).all()
        assert torch.allclose(visited.scores.max(1).values, kept, atol=1e-4)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
def test_search_repeats_and_tasks_do_not_disturb_each_other(strategy: Strategy) -> None:
    canvas = CANVASES[0]
    net = network(canvas)
    x, y = tensors(drawn(canvas, 5, 4, 3))
    found = [
        strategy.search(Support(net, x, y), torch.Generator().manual_seed(1)).best for _ in range(2)
    ]
    assert torch.equal(*found)
    if not isinstance(strategy, Random | Evolution | Hybrid) and strategy != STRATEGIES[4]:
        alone = strategy.search(Support(net, x[1:2], y[1:2]), torch.Generator().manual_seed(1))
        assert torch.allclose(found[0][1:2], alone.best, atol=1e-3)


@given(seed=seeds, order=st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_pairs_does_not_matter(seed: int, order: list[int]) -> None:
    canvas = CANVASES[0]
    net = network(canvas)
    x, y = tensors(drawn(canvas, seed, 2, 4))
    z = torch.randn(2, 3, SMALL.latent)
    one, two = Support(net, x, y), Support(net, x[:, order], y[:, order])
    assert torch.allclose(one.start, two.start, atol=1e-6)
    assert torch.allclose(one.scores(z), two.scores(z), atol=1e-4)


def test_held_out_steps_are_chosen_by_pairs_that_were_not_climbed() -> None:
    canvas = CANVASES[0]
    net = network(canvas)
    support = Support(net, *tensors(drawn(canvas, 7, 5, 3)))
    kept, held = support.folds()
    assert kept.x.shape[:2] == (15, 2)
    assert held.x.shape[:2] == (15, 1)
    for task in range(5):
        for pair in range(3):
            rest = [p for p in range(3) if p != pair]
            assert torch.equal(kept.x[3 * task + pair], support.x[task, rest])
            assert torch.equal(held.y[3 * task + pair, 0], support.y[task, pair])
            assert torch.equal(kept.means[3 * task + pair], support.means[task, rest])
    strategy = Gradient(30, rate=0.5, held_out=True)
    free = dataclasses.replace(strategy, held_out=False)
    generator = torch.Generator()
    limited, whole = (s.search(support, generator) for s in (strategy, free))
    stopped = torch.isinf(limited.scores)
    assert stopped.any()
    assert torch.equal(limited.scores[~stopped], whole.scores[~stopped])


def test_fuel_is_asked_for_before_each_decoding() -> None:
    canvas = CANVASES[0]
    asked: list[int] = []
    support = Support(network(canvas), *tensors(drawn(canvas, 0, 1, 3)), spend=asked.append)
    Gradient(4).search(support, torch.Generator())
    assert asked == [3] * 5
    asked.clear()
    Gradient(4, held_out=True).search(support, torch.Generator())
    assert sum(asked) == 3 * 2 * 5 + 3 * 5 + 3 * 5


def test_bad_strategies_are_refused() -> None:
    with pytest.raises(InputError, match="adam or sgd"):
        Gradient(optimizer="lbfgs")
    with pytest.raises(InputError, match="steps from 0"):
        Gradient(-1)
    canvas = CANVASES[0]
    x, y = tensors(drawn(canvas, 0))
    with pytest.raises(InputError, match="of one shape"):
        Support(network(canvas), x, y[:, :1])


# -- training --------------------------------------------------------------------------------------
def trainer(seed: int = 0, steps: int = 12, inner: int = 1) -> Trainer[Network]:
    canvas = CANVASES[0]
    torch.manual_seed(seed)
    data = drawn(canvas, 9, 6, 4)
    schedule = Schedule(steps=steps, tasks=4, warmup=3, inner=inner, inner_share=0.5)
    source = sampled([data[i] for i in range(6)])
    return Trainer(Network(canvas, SMALL), source, schedule, seed=seed)


def test_training_resumes_exactly(tmp_path) -> None:
    whole = trainer().run()
    first = trainer()
    first.run(until=5)
    first.save(tmp_path / "c.safetensors")
    again = trainer(seed=0)
    again.restore(tmp_path / "c.safetensors")
    resumed = again.run()
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_checkpoint_of_another_training_is_refused(tmp_path) -> None:
    first = trainer()
    first.run(until=2)
    first.save(tmp_path / "c.safetensors")
    with pytest.raises(InputError, match="another training"):
        trainer(steps=13).restore(tmp_path / "c.safetensors")
    (tmp_path / "d.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match=r"d\.safetensors"):
        trainer().restore(tmp_path / "d.safetensors")
    with pytest.raises(InputError, match="cannot read"):
        trainer().restore(tmp_path / "none.safetensors")


def test_training_learns_a_family() -> None:
    # Grids of one colour in, grids of another out: the latent program is the colour.
    canvas = Canvas("grids", 2, 2, 4)

    def source(rng: np.random.Generator, tasks: int) -> Drawn:
        x = rng.integers(4, size=(tasks, 4, 1, 1)).repeat(2, 2).repeat(2, 3).astype(np.uint8)
        shift = rng.integers(4, size=(tasks, 1, 1, 1)).astype(np.uint8)
        return Drawn(x, (x + shift) % 4)

    solver = LatentSolver(
        canvas, size=Size(16, 2, 1, 1, 2, 32, 8), schedule=Schedule(steps=300, tasks=16, warmup=20)
    )
    solver.fit(source)
    tasks = source(np.random.default_rng(5), 40)
    right = 0
    for x, y in zip(tasks.x, tasks.y, strict=True):
        pairs = list(zip(x[:3], y[:3], strict=True))
        solution = solver.solve(Task.from_pairs(pairs, [x[3]]))
        right += np.array_equal(solution.attempts(0)[0], y[3])
        assert len(solution.attempts(0)) <= 2
    assert right >= 36


# -- solver ----------------------------------------------------------------------------------------
PAIRS = [((1, 2), (2, 1)), ((3, 1), (1, 3)), ((2, 3), (3, 2)), ((1, 3), (3, 1))]


@pytest.fixture(scope="module")
def solver() -> LatentSolver:
    task = Task.from_pairs([(list(x), list(y)) for x, y in PAIRS], name="swap")
    return LatentSolver(size=SMALL, schedule=Schedule(steps=60, tasks=8, warmup=5)).fit([task])


def test_solvers_survive_their_file(solver: LatentSolver, tmp_path) -> None:
    solver.save(tmp_path / "swap.safetensors")
    again = LatentSolver.load(tmp_path / "swap.safetensors")
    assert again.family_ == solver.family_
    task = Task.from_pairs([(list(x), list(y)) for x, y in PAIRS[:2]], [[2, 1]])
    one, two = solver.solve(task), again.solve(task)
    assert np.array_equal(one.latent, two.latent)
    assert one.attempts(0) == two.attempts(0)
    assert one.apply((2, 1)) == one.attempts(0)[0]
    assert bool(one) == bool(two)


def test_foreign_tasks_are_declined_with_a_reason(solver: LatentSolver) -> None:
    with pytest.raises(DeclinedError, match=r"expected symbols \(1, 2, 3\), got \[0\]"):
        solver.solve(Task.from_pairs([([0, 1], [1, 1])]))
    with pytest.raises(DeclinedError, match="expected widths from 2 to 2, got 1 to 1"):
        solver.solve(Task.from_pairs([([1], [1, 1])]))
    with pytest.raises(InputError, match="example 1, input: expected sequences, got grids"):
        solver.solve(Task.from_pairs([([[1]], [1])]))
    with pytest.raises(InputError, match="query 1: expected at most"):
        solver.solve(Task.from_pairs([([1, 2], [2, 1])], [[1, 2, 3]]))
    with pytest.raises(InputError, match="nothing has been learnt"):
        LatentSolver().solve(Task.from_pairs([([1], [1])]))


def test_bad_tasks_of_training_are_named() -> None:
    with pytest.raises(InputError, match="lonely: expected at least two examples, got 1"):
        LatentSolver().fit([Task.from_pairs([([1], [1])], name="lonely")])
    with pytest.raises(InputError, match="needs a canvas"):
        LatentSolver().fit(lambda rng, count: drawn(CANVASES[0], 0))
    two = Task.from_pairs([([1], [1]), ([2], [2])])
    with pytest.raises(InputError, match="must be named"):
        LatentSolver(schedule=Schedule(steps=1)).fit([two], resume=True)


def test_views_vote(solver: LatentSolver) -> None:
    canvas = Canvas("grids", 3, 3, 4)
    data = drawn(canvas, 4, 5, 4)
    tasks = [
        Task.from_pairs([(canvas.value(a), canvas.value(b)) for a, b in zip(x, y, strict=True)])
        for x, y in zip(data.x, data.y, strict=True)
    ]
    posed = LatentSolver(
        canvas,
        size=SMALL,
        schedule=Schedule(steps=10, tasks=4, warmup=2),
        symmetries="poses+colours",
        views=4,
    ).fit(tasks)
    query = canvas.value(data.x[0, 0])
    solution = posed.solve(dataclasses.replace(tasks[0], queries=((query,),)))
    answers = solution.attempts(0, 5)
    assert len(solution.looks) == 4
    assert len({a.tobytes() + str(a.shape).encode() for a in answers}) == len(answers)


# -- programs and the searcher ---------------------------------------------------------------------
@given(numbers=st.lists(st.integers(-128, 127), min_size=1, max_size=9))
def test_latent_programs_survive_their_text(numbers: list[int]) -> None:
    program = LatentProgram("some-net", tuple(numbers))
    assert LatentProgram.parse(str(program)) == program
    assert LatentProgram.of("some-net", program.latent) == program
    assert program.bits >= 0


def test_the_searcher_asks_the_networks_of_the_folder(
    solver: LatentSolver, tmp_path, monkeypatch
) -> None:
    solver.save(tmp_path / "swap.safetensors")
    monkeypatch.setenv("NSR_LATENT", str(tmp_path))
    task = Task.from_pairs([(list(x), list(y)) for x, y in PAIRS])
    solution = nsr.solve(task, searcher="latent")
    for hypothesis in solution.hypotheses:
        assert all(hypothesis.holds)
        assert hypothesis.text.startswith("latent(x0, swap@")
        space = hypothesis.space
        parsed = space.parse(hypothesis.text, goal="ints", inputs=("ints",))
        assert parsed == hypothesis.program
        assert hypothesis.apply((1, 2)) == (2, 1)
    assert solution.declined == {} or solution.hypotheses == ()
    declined = nsr.solve([([0, 5], [5, 0])], searcher="latent").declined["latent"]
    assert "swap: " in declined
    strings = nsr.solve([("ab", "b")], searcher="latent").declined["latent"]
    assert "latent programs give one str for another" in strings


def test_families_join() -> None:
    canvas = CANVASES[0]
    one, two = (Family.of(canvas, [drawn(canvas, seed, 1, 1)]) for seed in range(2))
    both = one.joined(two)
    for seed in range(2):
        both.check(drawn(canvas, seed, 1, 1))
    assert Family.from_json(both.as_json()) == both


def stamped(colours: str) -> nsr.testing.Case:
    """A task that the network `patterns` knows: a pattern of nine colours, stamped three times."""
    pairs = []
    for row, column in ((0, 0), (4, 7), (6, 2)):
        x, y = np.zeros((2, 10, 10), int)
        x[row, column] = 1
        y[row : row + 3, column : column + 3] = np.array(list(colours), int).reshape(3, 3)
        pairs.append(((x.tolist(),), y.tolist()))
    return nsr.testing.Case("grids", tuple(pairs))


@pytest.mark.parametrize("check", nsr.testing.SEARCHER_CHECKS)
@pytest.mark.parametrize("colours", ["123456789", "500020708"])
def test_the_searcher_conforms_with_the_network_that_comes_with_nsr(
    check: Callable[[str, nsr.testing.Case], None], colours: str
) -> None:
    try:
        check("latent", stamped(colours))
    except DeclinedError as error:  # the check adds a pair that is not of the family
        pytest.skip(str(error))


@pytest.mark.parametrize("fuel", [1, 59, 60, 1000, 5000])
def test_fuel_is_never_overdrawn(fuel: int) -> None:
    meter = nsr.Budget(fuel=fuel).meter()
    found, limit = nsr.testing.run("latent", stamped("123456789").problem(), meter=meter)
    assert meter.fuel <= fuel
    assert (limit == "fuel") == (fuel < 5000)
    assert limit is None or meter.fuel == fuel
    assert bool(found) == (fuel >= 5000)


def test_the_network_that_comes_with_nsr_is_found_and_used() -> None:
    assert "patterns" in network_files()
    assert network_files()["patterns"].stat().st_size < 3_000_000
    case = stamped("987654321")
    pairs = [(inputs[0], output) for inputs, output in case.pairs]
    solution = nsr.solve([(np.uint8(x), np.uint8(y)) for x, y in pairs], searcher="latent",
                         domain="grids")  # fmt: skip
    assert solution.hypotheses
    moved = np.zeros((10, 10), np.uint8)
    moved[5, 5] = 1
    answer = solution.hypotheses[0].apply(moved)
    assert answer[5:8, 5:8].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
