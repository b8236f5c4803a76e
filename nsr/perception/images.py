"""Perception of pictures: p(symbol | picture) by a small network, learnt from soft labels only.

The network starts at random and sees nothing but the targets it is given: what abduction says each
picture probably is. There are no symbol labels and no weights from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nsr.atomic import replace_file
from nsr.errors import InputError
from nsr.perception.protocol import Reading
from nsr.threads import one_thread

if TYPE_CHECKING:
    from nsr.perception.convnet import Plan

FILE: Final = "perception.safetensors"
FORMAT: Final = "nsr-image-perception"
VERSION: Final = 1
SIDE, KERNEL, STRIDE = 42, 7, 3
"""Pictures are resampled to this side; kernel and stride of the first layer."""
MIN_SIDE, MAX_SIDE, MAX_SYMBOLS, MAX_WIDTH = 4, 1024, 65536, 512


class ImagePerception:
    """A convolutional network over pictures of one size.

    Strokes are thickened and the picture is resampled before the first learnt layer; while
    training, random affine maps and stroke widths are mixed in. See `nsr.perception.convnet`.

    Args:
        shape: height and width of the pictures in pixels.
        symbols: the number of symbols.
        seed: of the weights and of all randomness while training.
        width: channels of the first layer; the next have two, four and four times as many.
            16 is fast and good for early rounds, 32 is more accurate.
        names: of the symbols, for `read`; by default the decimal numbers from 0.

    Raises:
        InputError: if a measure is out of range, or there are not as many names as symbols.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        symbols: int,
        *,
        seed: int = 0,
        width: int = 16,
        names: Sequence[str] | None = None,
    ):
        for what, value, low, high in (
            ("height", shape[0], MIN_SIDE, MAX_SIDE),
            ("width", shape[1], MIN_SIDE, MAX_SIDE),
            ("number of symbols", symbols, 1, MAX_SYMBOLS),
            ("number of channels", width, 1, MAX_WIDTH),
            ("seed", seed, 0, 2**63 - 1),
        ):
            if not low <= value <= high:
                raise InputError(f"{what} must be {low} to {high}, got {value}")
        self.shape = (int(shape[0]), int(shape[1]))
        self.symbols = int(symbols)
        self.seed, self.width = int(seed), int(width)
        self.names = None if names is None else tuple(names)
        if self.names is not None and len(self.names) != symbols:
            raise InputError(f"expected {symbols} names, got {len(self.names)}")
        self._fits = 0
        self._weights: dict[str, Any] = self._new()

    # -- learning ----------------------------------------------------------------------------
    def grow(self, symbols: int, names: Sequence[str] | None = None) -> None:
        """Add symbols at the end.

        The odds between the old symbols stay. A new symbol has in every picture the mean logit of
        the old ones until it has been trained.

        Raises:
            InputError: if there would be fewer symbols than now, or other than `symbols` names.
        """
        from nsr.perception import convnet

        if not self.symbols <= symbols <= MAX_SYMBOLS:
            raise InputError(
                f"expected {self.symbols} to {MAX_SYMBOLS} symbols to grow to, got {symbols}"
            )
        if names is not None and len(names) != symbols:
            raise InputError(f"expected {symbols} names, got {len(names)}")
        if self.names is not None and names is None and symbols != self.symbols:
            raise InputError("this perception has names for its symbols: give the new ones too")
        if symbols > self.symbols:
            self._weights = convnet.grown(self._weights, symbols)
        self.symbols = int(symbols)
        self.names = self.names if names is None else tuple(names)

    def fit(
        self,
        images: NDArray[np.uint8],
        targets: NDArray[np.float32],
        weights: NDArray[np.float32] | None = None,
        *,
        epochs: int,
        rate: float = 1.0,
        fresh: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Train on soft targets; the same calls in the same order give the same weights.

        Args:
            images: uint8[m, h, w], background 0.
            targets: float[m, symbols], not negative; each row is scaled to sum 1.
            weights: float[m], not negative, how much each picture counts; by default all alike.
            epochs: passes over the pictures, at least 1.
            rate: factor of the learning rate, above 0; less for a network that knows much already.
            fresh: start from new random weights instead of the present ones.
            progress: called with a line of text after each pass.

        Raises:
            InputError: if the arrays do not fit each other or this perception, or no picture
                counts.
        """
        images = self._checked(images)
        targets = np.asarray(targets)
        if targets.shape != (len(images), self.symbols):
            raise InputError(
                f"expected targets of shape {(len(images), self.symbols)}, got {targets.shape}"
            )
        weights = np.ones(len(images), np.float32) if weights is None else np.asarray(weights)
        if weights.shape != (len(images),):
            raise InputError(f"expected weights of shape {(len(images),)}, got {weights.shape}")
        for what, values in (("targets", targets), ("weights", weights)):
            if values.dtype.kind not in "fiub" or not (np.isfinite(values) & (values >= 0)).all():
                raise InputError(f"{what} must be finite numbers, none below 0")
        if epochs < 1:
            raise InputError(f"epochs must be at least 1, got {epochs}")
        if not 0 < rate < float("inf"):
            raise InputError(f"the rate must be above 0, got {rate!r}")
        sums = targets.sum(1, dtype=np.float64)
        used = np.flatnonzero((weights > 0) & (sums > 0))
        if not len(used):
            raise InputError("nothing to learn from: no picture has a target and a weight above 0")
        shares = (targets[used] / sums[used, None]).astype(np.float32)
        importance = (weights[used] / weights[used].mean(dtype=np.float64)).astype(np.float32)
        self._train(images[used], shares, importance, epochs, rate, fresh, progress)

    def _train(
        self,
        images: NDArray[np.uint8],
        targets: NDArray[np.float32],
        importance: NDArray[np.float32],
        epochs: int,
        rate: float,
        fresh: bool,
        progress: Callable[[str], None] | None,
    ) -> None:
        import torch

        from nsr.perception import convnet

        self._fits += 1
        if fresh:
            self._weights = self._new()
        with one_thread():
            self._weights = convnet.train(
                self._plan(),
                self._weights,
                convnet.blurred(images),
                torch.from_numpy(targets),
                torch.from_numpy(importance),
                epochs=epochs,
                source=convnet.generator(self.seed, self._fits, 1),
                rate=rate,
                progress=progress,
            )

    def _new(self) -> dict[str, Any]:
        from nsr.perception import convnet

        source = convnet.generator(self.seed, self._fits, 0)
        return convnet.new_weights(self._plan(), self.symbols, source)

    def _plan(self) -> Plan:
        from nsr.perception.convnet import Plan

        w = self.width
        return Plan(SIDE, KERNEL, STRIDE, ((w, 2 * w), (4 * w, 4 * w)))

    # -- use ---------------------------------------------------------------------------------
    def log_probabilities(
        self, images: NDArray[np.uint8], *, views: int = 1
    ) -> NDArray[np.float32]:
        """Natural logarithms of p(symbol | picture), float32[m, symbols].

        Args:
            images: uint8[m, h, w].
            views: mean over so many slightly turned and scaled views of each picture.

        Raises:
            InputError: if the pictures have another dtype or shape.
        """
        from nsr.perception import convnet

        images = self._checked(images)
        if views < 1:
            raise InputError(f"views must be at least 1, got {views}")
        if not len(images):
            return np.empty((0, self.symbols), np.float32)
        with one_thread():
            blurred = convnet.blurred(images)
            result = convnet.log_probabilities(self._plan(), self._weights, blurred, views)
        array: NDArray[np.float32] = result.numpy()
        return array

    def read(
        self, pieces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], *, top: int | None = None
    ) -> Reading:
        """The `top` most probable symbols of each picture, all by default.

        Args:
            pieces: uint8[n, h, w], or a sequence of uint8[h, w].
            top: how many symbols.

        Raises:
            InputError: if the pictures have another dtype or shape.
        """
        if not len(pieces):
            return []
        try:
            images = np.stack(list(pieces))
        except ValueError:
            raise InputError("the pictures have different sizes") from None
        scores = np.exp(self.log_probabilities(images).astype(np.float64))
        order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        names = self.names or tuple(str(number) for number in range(self.symbols))
        return [
            {names[s]: float(row[s]) for s in best} for row, best in zip(scores, order, strict=True)
        ]

    def _checked(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != self.shape:
            high, wide = self.shape
            raise InputError(
                f"expected pictures as uint8[n, {high}, {wide}], "
                f"got {images.dtype}{list(images.shape)}"
            )
        return np.ascontiguousarray(images)

    # -- files -------------------------------------------------------------------------------
    def state(self) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
        """The weights as arrays, and all else as plain values for JSON."""
        arrays = {name: value.numpy() for name, value in self._weights.items()}
        return arrays, {
            "format": FORMAT,
            "version": VERSION,
            "shape": list(self.shape),
            "symbols": self.symbols,
            "seed": self.seed,
            "width": self.width,
            "names": None if self.names is None else list(self.names),
            "fits": self._fits,
        }

    @classmethod
    def from_state(
        cls, arrays: Mapping[str, NDArray[np.float32]], about: Mapping[str, Any]
    ) -> ImagePerception:
        """The perception whose `state` this is.

        Raises:
            InputError: if it is not the state of an image perception.
        """
        import torch

        if not isinstance(about, Mapping) or about.get("format") != FORMAT:
            raise InputError(f"expected format {FORMAT!r}")
        if about.get("version") != VERSION:
            raise InputError(f"expected version {VERSION}, got {about.get('version')!r}")
        try:
            high, wide = (int(side) for side in about["shape"])
            names = None if about["names"] is None else [str(name) for name in about["names"]]
            symbols, seed, width = int(about["symbols"]), int(about["seed"]), int(about["width"])
            fits = int(about["fits"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"bad description: {type(error).__name__} {error}") from None
        result = cls((high, wide), symbols, seed=seed, width=width, names=names)
        if set(arrays) != set(result._weights):
            raise InputError("the names of the arrays are not those of this network")
        for name, value in arrays.items():
            shape = tuple(result._weights[name].shape)
            if value.dtype != np.float32 or value.shape != shape or not np.isfinite(value).all():
                raise InputError(
                    f"array {name!r}: expected finite float32{list(shape)}, "
                    f"got {value.dtype}{list(value.shape)}"
                )
            result._weights[name] = torch.from_numpy(value.copy())
        result._fits = fits
        return result

    def encoded(self) -> bytes:
        """What `save` writes into the file."""
        from safetensors.numpy import save

        arrays, about = self.state()
        return save(arrays, metadata={"about": json.dumps(about)})

    def save(self, directory: str | Path) -> None:
        """Write `perception.safetensors` into a directory, which is made if need be.

        Raises:
            InputError: if that is not possible; an older file then stays as it was.
        """
        path = Path(directory)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot write: {error.strerror}", source=str(directory)) from None
        replace_file(path / FILE, self.encoded())

    @classmethod
    def load(cls, directory: str | Path) -> ImagePerception:
        """The perception that `save` wrote.

        Raises:
            InputError: if the directory holds none, or a corrupt or foreign one.
        """
        from safetensors import SafetensorError, safe_open

        path = str(Path(directory) / FILE)
        try:
            with safe_open(path, framework="numpy") as file:
                about = json.loads((file.metadata() or {})["about"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror or error}", source=path) from None
        except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise InputError(f"not a model: {type(error).__name__} {error}", source=path) from None
        try:
            return cls.from_state(arrays, about)
        except InputError as error:
            raise InputError(f"not a model: {error}", source=path) from None
