"""Pairs of pictures and numbers: each input is a row of pictures of equal size.

The file is a NumPy `.npz` without pickled objects:

| array | shape, dtype | meaning |
|---|---|---|
| `images` | [m, h, w] uint8 | the distinct pictures, background 0; may lie in a file of its own |
| `symbol_index` | [t] integers | for every position of every input a row of `images` |
| `offset` | [n + 1] integers | input i is `symbol_index[offset[i]:offset[i + 1]]` |
| `value` | [n] integers | the outputs, natural numbers |

Other arrays in the file are not read.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, overload

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nsr.errors import InputError

IMAGES_FILE = "symbols.npz"
"""Where the pictures are looked for, beside the pairs, if these have none of their own."""
MAX_BYTES = 1 << 30
"""Larger arrays are refused."""
MAX_SIDE = 1024

Pair = tuple[NDArray[np.uint8], int]


@dataclass(frozen=True, eq=False)
class ImagePairs:
    """A sequence of (x, y): x is uint8[length, h, w], y an int.

    Args:
        images: uint8[m, h, w], the distinct pictures.
        index: int64[t], for every position of every input a row of `images`.
        offset: int64[n + 1], input i is `index[offset[i]:offset[i + 1]]`.
        values: int64[n], the outputs.
    """

    images: NDArray[np.uint8]
    index: NDArray[np.int64]
    offset: NDArray[np.int64]
    values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, item: int) -> Pair: ...
    @overload
    def __getitem__(self, item: slice) -> ImagePairs: ...
    def __getitem__(self, item: int | slice) -> Pair | ImagePairs:
        if isinstance(item, slice):
            return self.select(np.arange(len(self))[item])
        row = range(len(self))[item]
        rows = self.index[self.offset[row] : self.offset[row + 1]]
        return self.images[rows], int(self.values[row])

    def __iter__(self) -> Iterator[Pair]:
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of pictures of each input, int64[n]."""
        return np.diff(self.offset)

    def select(self, rows: Sequence[int] | NDArray[Any]) -> ImagePairs:
        """The pairs of these numbers in this order; the pictures are shared.

        Raises:
            IndexError: if there is no pair of such a number.
        """
        rows = np.arange(len(self))[np.asarray(rows, dtype=np.int64)]
        lengths = self.lengths[rows]
        offset = np.concatenate([[0], np.cumsum(lengths)])
        inside = np.arange(offset[-1]) - np.repeat(offset[:-1], lengths)
        index = self.index[np.repeat(self.offset[rows], lengths) + inside]
        return ImagePairs(self.images, index, offset, self.values[rows])

    def joined(self, other: ImagePairs) -> ImagePairs:
        """These pairs and then the others, with those pictures that are used.

        Raises:
            InputError: if the pictures are of another size.
        """
        if other.images.shape[1:] != self.images.shape[1:]:
            raise InputError("the pictures of the pairs have different sizes")
        used, place = np.unique(self.index, return_inverse=True)
        more, beyond = np.unique(other.index, return_inverse=True)
        return ImagePairs(
            np.concatenate((self.images[used], other.images[more])),
            np.concatenate((place, beyond + len(used))),
            np.concatenate((self.offset, self.offset[-1] + other.offset[1:])),
            np.concatenate((self.values, other.values)),
        )

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[NDArray[np.uint8], int]]) -> ImagePairs:
        """The same pairs with equal pictures merged.

        Args:
            pairs: (x, y) with x uint8[length, h, w] of one h and w and y a natural number.

        Raises:
            InputError: naming the pair, if one has another form, or there is none.
        """
        pictures: dict[bytes, int] = {}
        index: list[int] = []
        offset, values = [0], []
        shape: tuple[int, ...] | None = None
        for number, (x, y) in enumerate(pairs, 1):
            place = f"pair {number}"
            x = np.asarray(x)
            if x.dtype != np.uint8 or x.ndim != 3 or not x.size:
                got = f"{x.dtype}{list(x.shape)}"
                raise InputError(f"expected pictures as uint8[n, h, w], got {got}", place=place)
            shape = x.shape[1:] if shape is None else shape
            if x.shape[1:] != shape:
                raise InputError(
                    f"expected pictures of {shape[0]}x{shape[1]} like those before, "
                    f"got {x.shape[1]}x{x.shape[2]}",
                    place=place,
                )
            if isinstance(y, bool) or not isinstance(y, int | np.integer) or not 0 <= y < 2**63:
                raise InputError(f"expected a natural number below 2^63, got {y!r}", place=place)
            index.extend(pictures.setdefault(piece.tobytes(), len(pictures)) for piece in x)
            offset.append(len(index))
            values.append(int(y))
        if shape is None:
            raise InputError("there are no pairs")
        images = np.frombuffer(b"".join(pictures), np.uint8).reshape(-1, *shape)
        as_int = [np.array(part, dtype=np.int64) for part in (index, offset, values)]
        return cls(images, *as_int)


def read_image_pairs(
    path: str | Path, images: str | Path | None = None, *, outputs: bool = True
) -> ImagePairs:
    """The pairs of an `.npz` file; see this module for the arrays in it.

    Args:
        path: of the pairs.
        images: of the file that holds the array `images`. By default they are in the file of the
            pairs, or else in `symbols.npz` beside it.
        outputs: whether `value` must be there; without it all values are 0.

    Raises:
        InputError: naming file and array, if a file cannot be read, is no `.npz`, lacks an array,
            or an array is too large or of another dtype or shape, or the arrays do not fit.
    """
    optional = {"images"} if outputs else {"images", "value"}
    found = _read(path, {"symbol_index": 1, "offset": 1, "value": 1, "images": 3}, optional)
    source = str(path)
    if images is not None:
        pictures = _read(images, {"images": 3}, set())["images"]
    elif "images" in found:
        pictures = found["images"]
    else:
        beside = Path(path).parent / IMAGES_FILE
        if not beside.exists():
            raise InputError(f"missing, and there is no {beside}", source=source, place="images")
        pictures = _read(beside, {"images": 3}, set())["images"]
    index, offset = found["symbol_index"], found["offset"]
    values = found.get("value", np.zeros(max(0, len(offset) - 1), np.int64))
    if not len(values):
        raise InputError("no pairs in it", source=source, place="value")
    if len(offset) != len(values) + 1:
        raise InputError(
            f"expected {len(values) + 1} numbers, one more than values, got {len(offset)}",
            source=source,
            place="offset",
        )
    if offset[0] != 0 or offset[-1] != len(index):
        raise InputError(
            f"expected numbers from 0 to {len(index)}, the length of symbol_index, "
            f"got {offset[0]} to {offset[-1]}",
            source=source,
            place="offset",
        )
    if (bad := np.flatnonzero(np.diff(offset) <= 0)).size:
        at = int(bad[0])
        raise InputError(
            f"expected increasing numbers, got {offset[at]} then {offset[at + 1]} (input {at})",
            source=source,
            place="offset",
        )
    if (bad := np.flatnonzero((index < 0) | (index >= len(pictures)))).size:
        raise InputError(
            f"expected rows of images, 0 to {len(pictures) - 1}, "
            f"got {index[bad[0]]} at position {bad[0]}",
            source=source,
            place="symbol_index",
        )
    if (bad := np.flatnonzero(values < 0)).size:
        raise InputError(
            f"expected natural numbers, got {values[bad[0]]} at position {bad[0]}",
            source=source,
            place="value",
        )
    return ImagePairs(pictures, index, offset, values)


def read_row(path: str | Path, row: int) -> NDArray[np.uint8]:
    """The pictures of one input of a file, uint8[n, h, w].

    Raises:
        InputError: as `read_image_pairs` does, or if there is no such input.
    """
    pairs = read_image_pairs(path, outputs=False)
    if not 0 <= row < len(pairs):
        text = f"expected a row from 0 to {len(pairs) - 1}, got {row}"
        raise InputError(text, source=str(path))
    return pairs[row][0]


def read_subsets(path: str | Path, count: int) -> list[str] | None:
    """The name of each input's subset, if the file says so.

    Args:
        path: of an `.npz` file with the arrays `subset`, integers[n], and `subset_names`, texts.
        count: n.

    Raises:
        InputError: if one of the arrays is not what it must be.
    """
    subset = _read(path, {"subset": 1}, {"subset"}).get("subset")
    if subset is None:
        return None
    source, place = str(path), "subset_names"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = arrays[place]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"cannot read: {error}", source=source, place=place) from None
    if names.ndim != 1 or names.dtype.kind != "U":
        got = f"{names.dtype}{list(names.shape)}"
        raise InputError(f"expected texts in one dimension, got {got}", source=source, place=place)
    if len(subset) != count or not ((subset >= 0) & (subset < len(names))).all():
        text = f"expected {count} rows of subset_names, 0 to {len(names) - 1}"
        raise InputError(text, source=source, place="subset")
    return [str(name) for name in names[subset]]


def _read(path: str | Path, wanted: dict[str, int], optional: set[str]) -> dict[str, NDArray[Any]]:
    """The wanted arrays (name, number of dimensions) of a file."""
    source = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            result = {}
            for name, dimensions in wanted.items():
                info = members.get(f"{name}.npy")
                if info is None and name in optional:
                    continue
                if info is None:
                    raise InputError("missing", source=source, place=name)
                if info.file_size > MAX_BYTES:
                    text = f"larger than {MAX_BYTES >> 20} MB"
                    raise InputError(text, source=source, place=name)
                try:
                    with archive.open(info) as file:
                        result[name] = _array(file, info.file_size, dimensions)
                except InputError as error:
                    raise InputError(error.message, source=source, place=name) from None
                except (ValueError, EOFError, SyntaxError, zlib.error) as error:
                    text = f"not a NumPy array: {error}"
                    raise InputError(text, source=source, place=name) from None
            return result
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", source=source) from None
    except zipfile.BadZipFile as error:
        raise InputError(f"not an .npz file: {error}", source=source) from None
    except (NotImplementedError, RuntimeError) as error:  # unknown compression, a password
        raise InputError(f"cannot read: {error}", source=source) from None
    except ValueError as error:  # a null byte in the name
        raise InputError(f"cannot read: {error}", source=source) from None


def _array(file: IO[bytes], size: int, dimensions: int) -> NDArray[Any]:
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise InputError(f"expected version 1 or 2 of the NumPy format, got {version}")
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    if dtype.hasobject:
        raise InputError("expected numbers, got pickled objects")
    picture = dimensions == 3
    want = "uint8[m, h, w]" if picture else "integers in one dimension"
    right = dtype == np.uint8 if picture else dtype.kind in "iu"
    if not right or len(shape) != dimensions:
        raise InputError(f"expected {want}, got {dtype}{list(shape)}")
    if picture and not (shape[0] > 0 and all(0 < side <= MAX_SIDE for side in shape[1:])):
        raise InputError(f"expected {want} with sides of 1 to {MAX_SIDE}, got {list(shape)}")
    # The header says how much memory is asked for: believe it only if the file is that long.
    count = int(np.prod(shape, dtype=object))
    if count * dtype.itemsize != size - file.tell():
        raise InputError(f"expected {count} numbers as its header says; the array is cut short")
    file.seek(0)
    array = npy.read_array(file, allow_pickle=False)
    if picture:
        return np.ascontiguousarray(array)
    if dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise InputError("expected numbers below 2^63")
    return array.astype(np.int64)


def all_pictures(inputs: Sequence[object], place: str) -> bool:
    """Whether inputs are pictures rather than words.

    Raises:
        InputError: if only some are; `place` is what an input is called.
    """
    found = [isinstance(x, np.ndarray) for x in inputs]
    if len(set(found)) > 1:
        names = ("words", "pictures")
        i = found.index(not found[0])
        raise InputError(
            f"expected {names[found[0]]} as before, got {names[found[i]]}", place=f"{place} {i + 1}"
        )
    return found[0]


def image_pairs(pairs: Any) -> ImagePairs:
    """Pairs in the form in which the machine reads them.

    Raises:
        InputError: as `ImagePairs.from_pairs` does.
    """
    return pairs if isinstance(pairs, ImagePairs) else ImagePairs.from_pairs(pairs)


def some_pairs(pairs: Any) -> ImagePairs | None:
    """The same; `None` if there are none."""
    given = pairs if isinstance(pairs, ImagePairs) else list(pairs or ())
    return image_pairs(given) if len(given) else None
