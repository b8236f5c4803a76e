"""Latent programs: the laws of canvas, views, objective and search."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nsr.errors import InputError
from nsr.latent import search
from nsr.latent.canvas import Canvas
from nsr.latent.objective import climbed, leave_one_out, log_likelihood, loss
from nsr.latent.search import (
    Evolution,
    Gradient,
    Hybrid,
    Mean,
    Random,
    Strategy,
    Support,
)
from nsr.latent.symmetry import KINDS, Symmetries
from nsr.task import Task
from tests.latents import CANVASES, SMALL, drawn, network, tensors

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


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (5, "expected a grid or a sequence of whole numbers from 0 on, got int 5"),
        ([1, 200], "expected numbers from 0 to 31, got 200"),
        ([1] * 65, "expected sequences of at most 64, got 65"),
        ([[1] * 31], "expected grids of at most 30, got 31"),
    ],
)
def test_values_without_a_canvas_are_named(value: object, reason: str) -> None:
    odd = dataclasses.replace(Task.from_pairs([([1], value)]), name="odd")
    with pytest.raises(InputError, match=f"odd: {reason}"):
        Canvas.of([Task.from_pairs([([1], [1])]), odd])


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
        assert len(views) == {"none": 1, "colours": 2}.get(kind, 5)  # of two colours
        assert not any(a.same(b) for i, a in enumerate(views) for b in views[:i])
    assert len(Symmetries(CANVASES[0], "poses").views(20, rng)) == 8
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


def test_jitter_is_noise_on_what_pairs_are_decoded_with() -> None:
    canvas = CANVASES[0]
    net = network(canvas)
    x, y = tensors(drawn(canvas, 1, 2, 3))
    generator = torch.Generator().manual_seed(0)
    found = loss(net, x, y, generator=generator, beta=0.0, jitter=0.5)
    generator.manual_seed(0)
    flat = x.flatten(0, 1), y.flatten(0, 1)
    mean, log_variance = net.encode(*flat)
    latents = mean + torch.randn(mean.shape, generator=generator) * (0.5 * log_variance).exp()
    z = leave_one_out(latents.view(2, 3, -1)).flatten(0, 1)
    z = z + 0.5 * torch.randn(z.shape, generator=generator)
    assert torch.equal(found.misfit, -log_likelihood(net, *flat, z).mean())


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


@pytest.mark.parametrize("pairs", [2, 7, 8, 9, 15, 16, 31])
def test_of_many_pairs_several_are_held_out_at_a_time(pairs: int) -> None:
    canvas = CANVASES[0]
    support = Support(network(canvas), *tensors(drawn(canvas, 7, 2, pairs)))
    support.spread[:, :, 0] = torch.arange(pairs)  # the number of the pair
    kept, held = support.folds()
    folds = len(kept.x) // 2
    assert folds == len(held.x) // 2 <= search.FOLDS
    left: set[int] = set()
    for shown, asked in zip(kept.spread, held.spread, strict=True):
        shown_pairs, asked_pairs = (set(part[:, 0].tolist()) for part in (shown, asked))
        assert not shown_pairs & asked_pairs
        assert shown_pairs | asked_pairs == set(range(pairs))
        left |= asked_pairs
    assert left == set(range(pairs))
    best = Gradient(3, held_out=True, starts=2).search(support, torch.Generator()).best
    assert best.shape == support.start.shape


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
