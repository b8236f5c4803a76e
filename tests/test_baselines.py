"""Baselines: what they compute, that they learn, and that interrupted training goes on."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.baselines import batches, tokens, training
from benchmarks.baselines.attention import Attention, Linear, Stack, causal
from benchmarks.baselines.batches import Sequences
from benchmarks.baselines.decoder import Decoder
from benchmarks.baselines.lstm import LSTM, Bidirectional
from benchmarks.baselines.pictures import PictureEmbedding
from benchmarks.baselines.pointer import Pointer
from benchmarks.baselines.positions import (
    SCHEMES,
    Alibi,
    NoPositions,
    Relative,
    Rotary,
    T5Bias,
    waves,
)
from benchmarks.baselines.tokens import END, PAD, SPECIAL, START
from benchmarks.baselines.training import Schedule
from benchmarks.baselines.transformer import Transformer
from nsr.errors import InputError

WORDS = SPECIAL + 4
SMALL: dict[str, Any] = {"width": 16, "heads": 2}
FAST = Schedule(steps=150, batch=16, rate=1e-2, warm=10, bf16=False)


def models() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    same = torch.tensor([PAD] * SPECIAL + list(range(SPECIAL, WORDS)))
    found: dict[str, nn.Module] = {
        "lstm": LSTM(WORDS, WORDS, width=16, layers=1),
        "pointer": Pointer(WORDS, WORDS, same, width=16, layers=1),
        "relaxed": Transformer(
            WORDS, WORDS, encoder=2, decoder=2, scheme="relative", shared=True, rank=2, **SMALL
        ),
        "joint": Transformer(
            WORDS, WORDS, encoder=1, decoder=1, scheme="relative", joint=True, **SMALL
        ),
        "mimetic": Transformer(
            WORDS, WORDS, encoder=1, decoder=1, scheme="absolute", mimetic=True, **SMALL
        ),
    }
    for scheme in SCHEMES:
        found[f"decoder {scheme}"] = Decoder(WORDS, WORDS, layers=2, scheme=scheme, **SMALL)
    for scheme in ("absolute", "relative"):
        found[f"transformer {scheme}"] = Transformer(
            WORDS, WORDS, encoder=1, decoder=1, scheme=scheme, **SMALL
        )
    return {name: model.eval() for name, model in found.items()}


NAMES = list(models())


def reversing(number: int, seed: int = 0, longest: int = 5) -> Sequences:
    """Lists of four words and the same backwards."""
    rng = np.random.default_rng(seed)
    rows = [
        rng.integers(SPECIAL, WORDS, rng.integers(1, longest + 1)).tolist() for _ in range(number)
    ]
    return Sequences(rows, [row[::-1] for row in rows])


@pytest.mark.parametrize("module", [batches, tokens], ids=lambda m: m.__name__)
def test_examples_in_docstrings(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


# -- models ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_no_model_sees_what_it_is_to_say(name: str) -> None:
    model = models()[name]
    source = torch.tensor([[4, 5, END], [6, END, PAD]])
    target = torch.tensor([[START, 4, 5, 6], [START, 7, 7, 7]])
    changed = target.clone()
    changed[:, 2:] = 6
    before, after = model(source, target), model(source, changed)
    assert torch.allclose(before[:, :2], after[:, :2], atol=1e-5)
    assert not torch.allclose(before[:, 2:], after[:, 2:], atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_padding_changes_nothing(name: str) -> None:
    model = models()[name]
    alone = model(torch.tensor([[4, END]]), torch.tensor([[START, 5]]))
    source = torch.tensor([[4, END, PAD, PAD], [4, 5, 6, END]])
    padded = model(source, torch.tensor([[START, 5, PAD], [START, 5, 6]]))
    assert torch.allclose(alone[0], padded[0, :2], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_source_is_read(name: str) -> None:
    model = models()[name]
    target = torch.tensor([[START, 5]])
    one = model(torch.tensor([[4, 5, END]]), target)
    assert not torch.allclose(one, model(torch.tensor([[4, 6, END]]), target), atol=1e-4)


def test_reading_both_ways_is_that_of_packed_sequences() -> None:
    torch.manual_seed(0)
    width, layers = 8, 2
    model = Bidirectional(width, layers)
    packed = nn.LSTM(width, width // 2, layers, batch_first=True, bidirectional=True)
    for i, (ahead, back) in enumerate(zip(model.ahead, model.back, strict=True)):
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(packed, f"{kind}_l{i}").data = getattr(ahead, f"{kind}_l0").data
            getattr(packed, f"{kind}_l{i}_reverse").data = getattr(back, f"{kind}_l0").data
    x, lengths = torch.randn(5, 7, width), torch.tensor([1, 3, 7, 5, 2])
    out, (last, _) = packed(
        pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    )
    out, _ = pad_packed_sequence(out, batch_first=True)
    found, state = model(x, lengths)
    used = (torch.arange(7) < lengths[:, None])[:, :, None]
    torch.testing.assert_close(found * used, out)
    torch.testing.assert_close(state, torch.cat([last[-2], last[-1]], dim=1))


def test_mimetic_attention_begins_as_the_mean_of_what_it_looks_at() -> None:
    layer = Attention(8, 2, NoPositions(8, 2), steps=1, rank=0)
    layer.copies()
    for part in (layer.query, layer.value, layer.out):
        nn.init.zeros_(part.shared.bias)
    nn.init.zeros_(layer.query.shared.weight)
    memory = torch.randn(1, 5, 8)
    found = layer(torch.randn(1, 3, 8), memory, torch.zeros(1, 1, 1, 5), 0)
    assert torch.allclose(found, memory.mean(1, keepdim=True).expand(1, 3, 8), atol=1e-5)


def test_relative_scores_are_those_of_the_formula() -> None:
    torch.manual_seed(0)
    scheme = Relative(8, 2)
    nn.init.normal_(scheme.u)
    nn.init.normal_(scheme.v)
    q, k = torch.randn(2, 2, 5, 4), torch.randn(2, 2, 5, 4)
    turned, same = scheme.turn(q, k)
    found = turned @ same.transpose(2, 3) / 2 + scheme.bias(q)
    for i in range(5):
        for j in range(5):
            r = scheme.project(waves(torch.tensor([i - j]), 8)).view(2, 4)
            for h in range(2):
                content = ((q[:, h, i] + scheme.u[h, 0]) * k[:, h, j]).sum(1)
                place = ((q[:, h, i] + scheme.v[h, 0]) * r[h]).sum(1)
                assert torch.allclose(found[:, h, i, j], (content + place) / 2, atol=1e-5)


def test_rotary_scores_depend_on_distance_only() -> None:
    torch.manual_seed(0)
    q, k = torch.randn(1, 1, 1, 8).expand(1, 1, 9, 8), torch.randn(1, 1, 1, 8).expand(1, 1, 9, 8)
    turned, other = Rotary(8, 1).turn(q, k)
    scores = (turned @ other.transpose(2, 3))[0, 0]
    assert torch.allclose(scores[3, 1], scores[8, 6], atol=1e-5)
    assert not torch.allclose(scores[3, 1], scores[3, 2], atol=1e-3)


def test_alibi_and_t5_see_distance() -> None:
    q = torch.zeros(1, 2, 40, 4)
    alibi = Alibi(8, 2).bias(q)
    assert alibi[0, 0, 9, 5] == 4 * alibi[0, 0, 9, 8] < 0
    assert alibi[0, 0, 9, 5] < alibi[0, 1, 9, 5]
    buckets = T5Bias(8, 2).buckets(torch.tensor([0, 1, 7, 8, 30, 127, 500, -1, -500]))
    assert buckets.tolist() == [0, 1, 7, 8, 11, 15, 15, 17, 31]


def test_shared_layers_have_fewer_weights_but_apply_as_many() -> None:
    options: dict[str, Any] = {"layers": 3, "scheme": "nope", **SMALL}
    plain, shared = Stack(**options), Stack(shared=True, **options)
    assert plain.applied() == shared.applied()
    assert len(shared.layers) == 1
    x = torch.randn(1, 4, 16)
    twice = shared.layers[0]
    y = x
    for _ in range(3):
        y = twice(y, causal(4), 0, None, None)
    assert torch.allclose(shared(x, causal(4)), shared.norm(y), atol=1e-6)


def test_relaxed_matrices_begin_as_shared_ones_and_part() -> None:
    matrix = Linear(4, 3, steps=2, rank=1)
    x = torch.randn(5, 4)
    assert torch.equal(matrix(x, 0), matrix(x, 1))
    with torch.no_grad():
        matrix.up[1] += 1.0
    assert not torch.allclose(matrix(x, 0), matrix(x, 1))


def test_a_pointer_copies_words_it_never_said() -> None:
    model = models()["pointer"]
    assert isinstance(model, Pointer)
    with torch.no_grad():
        model.gate.weight.zero_()
        model.gate.bias.fill_(-20.0)
        scores = model(torch.tensor([[5, 5, END]]), torch.tensor([[START]]))
    assert scores[0, 0].exp()[5] > 0.2
    assert scores[0, 0].exp()[6] < 1e-6


def test_pictures_stand_in_for_words() -> None:
    torch.manual_seed(0)
    images = torch.randint(0, 255, (3, 12, 12), dtype=torch.uint8)
    model = Transformer(
        PictureEmbedding(images, 16), WORDS, encoder=1, decoder=1, scheme="relative", **SMALL
    )
    source = torch.tensor([[SPECIAL, SPECIAL + 2, END]])
    before = model(source, torch.tensor([[START]]))
    assert isinstance(model.read, PictureEmbedding)
    model.read.images = images.flip(0)
    assert torch.allclose(
        before,
        model(torch.tensor([[SPECIAL + 2, SPECIAL, END]]), torch.tensor([[START]])),
        atol=1e-5,
    )
    assert "read.images" not in model.state_dict()


# -- training --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["lstm", "transformer relative", "decoder nope"])
def test_models_learn(name: str) -> None:
    model = models()[name]
    before = training.loss_of(model, *parts(reversing(64)), bf16=False).item()
    trace = training.train(model, reversing(64), FAST, seed=0)
    assert training.loss_of(model, *parts(reversing(64)), bf16=False).item() < 0.3 * before
    assert trace.step == FAST.steps
    assert [point[0] for point in trace.losses] == list(range(15, 151, 15))


WIDE: dict[str, Any] = {"width": 128, "heads": 4, "encoder": 2, "decoder": 3}


@pytest.mark.parametrize("name", ["lstm", "absolute", "relative", "shared", "relaxed", "pictures"])
def test_flops_are_about_those_that_torch_counts(name: str) -> None:
    torch.manual_seed(0)
    images = torch.randint(0, 255, (60, 45, 45), dtype=torch.uint8)
    model: nn.Module
    if name == "lstm":
        model = LSTM(WORDS, WORDS, width=128, layers=2)
    elif name == "pictures":
        look = PictureEmbedding(images, 128)
        model = Transformer(look, WORDS, scheme="absolute", **WIDE)
    else:
        scheme = "absolute" if name == "absolute" else "relative"
        more = {"shared": name in ("shared", "relaxed"), "rank": 8 * (name == "relaxed")}
        model = Transformer(WORDS, WORDS, scheme=scheme, **more, **WIDE)
    # Sources are long and targets short, or the other way round: each has weights of its own.
    for n, m in ((24, 4), (4, 24)):
        words = SPECIAL + 60 if name == "pictures" else WORDS
        source = torch.randint(SPECIAL, words, (32, n))
        read, said = torch.randint(SPECIAL, WORDS, (2, 32, m))
        # The fused kernel of the LSTM is not counted.
        with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as count:
            training.loss_of(model, source, read, said, bf16=False).backward()
        found = training.flops(model, source, read)
        assert found == pytest.approx(count.get_total_flops(), rel=0.2)


def parts(data: Sequences) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rows = range(len(data))
    return batches.sources(data, rows), *batches.targets(data, rows)


@pytest.mark.parametrize("name", ["lstm", "decoder t5", "transformer relative"])
def test_right_is_what_greedy_decoding_gives(name: str) -> None:
    model = models()[name]
    training.train(
        model, reversing(64), Schedule(steps=60, batch=16, rate=1e-2, bf16=False), seed=0
    )
    asked = reversing(80, seed=1)
    right = training.right(model, asked)
    answers = training.greedy(model, asked.sources, 20)
    assert right == [a == y for a, y in zip(answers, asked.targets, strict=True)]
    assert 0 < sum(right) < len(right)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_interrupted_training_ends_the_same(tmp_path: Path) -> None:
    schedule = Schedule(steps=40, batch=16, bf16=False)
    options = {"encoder": 1, "decoder": 1, "scheme": "relative", "dropout": 0.1, **SMALL}

    def fresh() -> nn.Module:
        torch.manual_seed(0)
        return Transformer(WORDS, WORDS, **options)

    whole, first, second = fresh(), fresh(), fresh()
    training.train(whole, reversing(50), schedule, seed=3)
    path = tmp_path / "folder" / "one.safetensors"
    half = Stop(25)
    with pytest.raises(KeyboardInterrupt):
        training.train(
            first, reversing(50), schedule, seed=3, checkpoint=path, saved_every=-1.0, say=half
        )
    assert path.exists()
    trace = training.train(second, reversing(50), schedule, seed=3, checkpoint=path)
    assert trace.step == 40
    assert [point[0] for point in trace.losses] == list(range(4, 41, 4))
    assert torch.equal(weights(whole), weights(second))


class Stop:
    """Interrupts at the first line about so many steps."""

    def __init__(self, step: int):
        self.step = step

    def __call__(self, line: str) -> None:
        if int(line.split()[1].rstrip(",")) >= self.step:
            raise KeyboardInterrupt


def test_seeds_decide_the_order_of_the_batches() -> None:
    data = reversing(40)

    def some(seed: int) -> list[list[int]]:
        stream = batches.stream(data, 8, seed)
        return [next(stream) for _ in range(10)]

    assert some(1) == some(1) != some(2)
    assert sorted(row for rows in some(1)[:5] for row in rows) == list(range(40))
    assert some(1)[:5] != some(1)[5:]


def test_long_sequences_come_in_small_batches() -> None:
    data = Sequences([[4] * 3000] * 4 + [[4]] * 100, [[4]] * 104)
    sizes = [len(rows) for rows in batches.chunks(data, 64)]
    assert sizes == [64, 36, 4]
    data = Sequences([[4] * 6000] * 4, [[4]] * 4)
    assert [len(rows) for rows in batches.chunks(data, 64)] == [2, 2]


def test_the_learning_rate_rises_and_falls() -> None:
    schedule = Schedule(steps=1000, warm=100)
    assert schedule.at(0) == pytest.approx(2e-5)
    assert schedule.at(100) == schedule.at(300) == 2e-3
    assert schedule.at(1000) == pytest.approx(4e-5)


def test_a_budget_ends_training_and_says_so() -> None:
    trace = training.train(models()["lstm"], reversing(20), FAST, seed=0, budget=0.0)
    assert (trace.step, trace.stopped) == (1, "budget")


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training pairs"):
        training.train(models()["lstm"], Sequences([], []), FAST, seed=0)
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x\.safetensors: cannot go on"):
        training.train(models()["lstm"], reversing(9), FAST, seed=0, checkpoint=path)
    training.train(
        models()["lstm"],
        reversing(9),
        FAST,
        seed=0,
        checkpoint=(path := tmp_path / "y"),
        saved_every=-1,
    )
    with pytest.raises(InputError, match="another model"):
        training.train(models()["pointer"], reversing(9), FAST, seed=0, checkpoint=path)
