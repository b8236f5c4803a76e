"""Pairs of pictures and numbers, and files of them."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.data.images import ImagePairs, read_image_pairs
from nsr.errors import InputError


def arrays() -> dict[str, np.ndarray]:
    return {
        "images": np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5),
        "symbol_index": np.array([0, 2, 2, 1], dtype=np.uint16),
        "offset": np.array([0, 1, 4], dtype=np.uint32),
        "value": np.array([7, 0], dtype=np.int32),
    }


def test_reads_a_file_with_its_own_images(tmp_path):
    np.savez(tmp_path / "a.npz", **arrays(), expr=np.array(["x", "y"], dtype=object))
    pairs = read_image_pairs(tmp_path / "a.npz")
    assert len(pairs) == 2
    x, y = pairs[1]
    assert x.dtype == np.uint8
    assert x.shape == (3, 4, 5)
    assert type(y) is int
    assert y == 0
    assert (x == arrays()["images"][[2, 2, 1]]).all()
    assert pairs.lengths.tolist() == [1, 3]
    assert [y for _, y in pairs] == [7, 0]


def test_pairs_are_joined_with_the_pictures_that_they_use():
    parts = arrays()
    images = parts["images"]
    first = ImagePairs.from_pairs([(images[[0, 2]], 7), (images[[2]], 1)])
    second = ImagePairs(images, *(np.array(a, np.int64) for a in ([1, 1, 2], [0, 1, 3], [4, 0])))
    both = first.joined(second)
    assert len(both.images) == 4
    assert [y for _, y in both] == [7, 1, 4, 0]
    wanted = [x for part in (first, second) for x, _ in part]
    assert all(np.array_equal(x, y) for (x, _), y in zip(both, wanted, strict=True))
    none = first.joined(second[:0])
    assert [y for _, y in none] == [7, 1]
    with pytest.raises(InputError, match="different sizes"):
        first.joined(ImagePairs.from_pairs([(images[:, :3], 1)]))


@pytest.mark.parametrize("compressed", [False, True])
def test_reads_images_of_another_file(tmp_path, compressed):
    save = np.savez_compressed if compressed else np.savez
    parts = arrays()
    images = parts.pop("images")
    save(tmp_path / "a.npz", **parts)
    with pytest.raises(InputError, match=r"a\.npz: images: missing.*symbols\.npz"):
        read_image_pairs(tmp_path / "a.npz")
    save(tmp_path / "symbols.npz", images=images)
    assert (read_image_pairs(tmp_path / "a.npz")[0][0] == images[:1]).all()
    save(tmp_path / "other.npz", images=255 - images)
    other = read_image_pairs(tmp_path / "a.npz", tmp_path / "other.npz")
    assert (other[0][0] == 255 - images[:1]).all()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("images", np.zeros((3, 4, 5)), r"images: expected uint8\[m, h, w\], got float64\[3, 4, 5"),
        ("images", np.zeros((3, 4), np.uint8), r"images: expected uint8\[m, h, w\], got uint8\[3"),
        ("images", np.zeros((0, 4, 5), np.uint8), "images: expected .* got .0, 4, 5"),
        ("images", np.zeros((3, 4, 2000), np.uint8), "images: expected .* got .3, 4, 2000"),
        ("symbol_index", np.array([0, 2, 3, 1]), "symbol_index: expected .* 0 to 2, got 3 at"),
        ("symbol_index", np.array([0, 2, -1, 1]), "symbol_index: .* got -1 at position 2"),
        ("symbol_index", np.array([0.0, 2, 2, 1]), "symbol_index: expected integers .* float64"),
        ("symbol_index", np.array([0, 2, 2]), "offset: expected numbers from 0 to 3.* got 0 to 4"),
        ("offset", np.array([0, 4]), "offset: expected 3 numbers.* got 2"),
        ("offset", np.array([1, 2, 4]), "offset: .* got 1 to 4"),
        ("offset", np.array([0, 4, 4]), r"offset: expected increasing .* 4 then 4 \(input 1\)"),
        ("offset", np.array([[0, 1, 4]]), "offset: expected integers in one dimension"),
        ("value", np.array([1, -5]), "value: expected natural numbers, got -5 at position 1"),
        ("value", np.array([], np.int64), "value: no pairs"),
        ("value", np.array([2**63, 1], np.uint64), r"value: expected numbers below 2\^63"),
        ("value", np.array([True, False]), "value: expected integers"),
        ("value", np.array(["a", None], dtype=object), "value: expected numbers, got pickled"),
    ],
)
def test_each_wrong_array_is_one_error(tmp_path, name, value, text):
    np.savez(tmp_path / "a.npz", **arrays() | {name: value})
    with pytest.raises(InputError, match=r"a\.npz: " + text):
        read_image_pairs(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["symbol_index", "offset", "value"])
def test_a_missing_array_is_one_error(tmp_path, name):
    parts = arrays()
    del parts[name]
    np.savez(tmp_path / "a.npz", **parts)
    with pytest.raises(InputError, match=rf"a\.npz: {name}: missing"):
        read_image_pairs(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 99, pickle.dumps([1])])
def test_other_files_are_one_error(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npz: not an \.npz file"):
        read_image_pairs(path)
    with pytest.raises(InputError, match="cannot read: No such file"):
        read_image_pairs(tmp_path / "none.npz")
    with pytest.raises(InputError, match="cannot read: Is a directory"):
        read_image_pairs(tmp_path)
    with pytest.raises(InputError, match=r"cannot read: .*null"):
        read_image_pairs("a\0b")


def test_an_array_shorter_than_its_header_says_is_one_error(tmp_path):
    # Were the header believed, an array of petabytes would be asked for.
    raw = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        raw, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 1000, 1000)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        parts = arrays()
        del parts["images"]
        for name, value in parts.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, value)
        archive.writestr("images.npy", raw.getvalue())
    with pytest.raises(InputError, match=r"a\.npz: images: .*cut short"):
        read_image_pairs(tmp_path / "a.npz")


@given(st.data())
def test_damaged_bytes_never_give_another_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "a.npz"
    np.savez_compressed(path, **arrays())
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(1, len(raw)))])
    try:
        pairs = read_image_pairs(path)
    except InputError as error:
        if error.source != str(path):
            raise
    else:
        assert len(pairs) == 2


@given(st.lists(st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(0, 9))))
def test_pairs_come_back_as_they_went_in(pairs):
    pictures = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)
    made = [(pictures[x], y) for x, y in pairs]
    if not made:
        with pytest.raises(InputError, match="no pairs"):
            ImagePairs.from_pairs(made)
        return
    result = ImagePairs.from_pairs(made)
    assert len(result.images) == len({piece for x, _ in pairs for piece in x})
    for row, (x, y) in enumerate(made):
        assert (result[row][0] == x).all()
        assert result[row][1] == y
    rows = [row for row in range(len(made)) for _ in range(row % 3)][::-1]
    chosen = result.select(rows)
    assert [y for _, y in chosen] == [made[row][1] for row in rows]
    for new, row in enumerate(rows):
        assert (chosen[new][0] == made[row][0]).all()
    assert [y for _, y in result[::-1]] == [y for _, y in made[::-1]]
    assert result[-1][1] == made[-1][1]
    with pytest.raises(IndexError):
        result[len(made)]
    with pytest.raises(IndexError):
        result.select([len(made)])


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        (np.zeros((1, 2, 2)), 1, r"pair 2: expected pictures as uint8\[n, h, w\], got float64"),
        (np.zeros((2, 2), np.uint8), 1, "pair 2: expected pictures as uint8"),
        (np.zeros((0, 2, 2), np.uint8), 1, "pair 2: expected pictures as uint8"),
        (np.zeros((1, 2, 3), np.uint8), 1, "pair 2: expected pictures of 2x2 .*got 2x3"),
        (np.zeros((1, 2, 2), np.uint8), -1, "pair 2: expected a natural number.* got -1"),
        (np.zeros((1, 2, 2), np.uint8), 2**63, "pair 2: expected a natural number"),
        (np.zeros((1, 2, 2), np.uint8), True, "pair 2: expected a natural number"),
    ],
)
def test_wrong_pairs_are_one_error(x, y, text):
    with pytest.raises(InputError, match=text):
        ImagePairs.from_pairs([(np.zeros((1, 2, 2), np.uint8), 0), (x, y)])
