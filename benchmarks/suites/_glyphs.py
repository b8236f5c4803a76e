"""Pictures of symbols without any download: rendered glyphs and real handwritten digits.

Glyphs come from the fonts that matplotlib ships, turned, slanted, scaled and distorted elastically
(Simard et al., ICDAR 2003); a third of the digits are handwriting from scikit-learn. Fonts and
handwriting of training, validation and test are different ones.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIDE: Final = 45
"""Rows and columns of a picture; ink 255 on 0."""
SIGNS: Final = {"*": "×", "/": "÷", "-": "−"}
"""Symbol -> its glyph, where it is another character."""

PARTS: Final = ("train", "val", "test")
FAMILIES: Final = ("DejaVuSans", "DejaVuSerif", "STIXGeneral")
"""Beginnings of the names of text fonts; others lack some of the glyphs."""
OTHERS: Final = ("Display", "Size")

HANDWRITTEN: Final = 1 / 3
TURN: Final = 0.15
"""Largest angle, in radians, and largest slant."""
SMOOTH: Final = 5.0
"""Width of the smoothing of the field of displacements, in pixels;"""
FORCE: Final = 1.6
"""and its standard deviation after that."""


def glyphs(symbols: str, number: int, part: str, seed: int) -> dict[str, NDArray[np.uint8]]:
    """Symbol -> its pictures, uint8[number, 45, 45].

    Args:
        symbols: one character each.
        number: of pictures of each.
        part: "train", "val" or "test"; they share no font and no writing.
        seed: of the choice and the distortion.
    """
    rng = np.random.default_rng([seed, PARTS.index(part)])
    digits = _handwriting(part)
    found = {}
    for symbol in symbols:
        pictures = []
        for _ in range(number):
            if symbol in digits and rng.random() < HANDWRITTEN:
                plain = digits[symbol][rng.integers(len(digits[symbol]))]
            else:
                paths = fonts(part)
                plain = _rendered(SIGNS.get(symbol, symbol), paths[rng.integers(len(paths))])
            pictures.append(_distorted(plain, rng))
        found[symbol] = np.stack(pictures)
    return found


def fonts(part: str) -> list[Path]:
    """The font files of a part: every fourth is for tests, every eighth for validation."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    paths = sorted(path for name in FAMILIES for path in folder.glob(f"{name}*.ttf"))
    paths = [path for path in paths if not any(text in path.name for text in OTHERS)]
    owner = [PARTS[2] if i % 4 == 1 else PARTS[1] if i % 8 == 3 else PARTS[0] for i in range(99)]
    return [path for path, own in zip(paths, owner, strict=False) if own == part]


@lru_cache(maxsize=1024)
def _rendered(character: str, path: Path) -> NDArray[np.float64]:
    from PIL import Image, ImageDraw, ImageFont

    # Signs keep their size beside digits, so that a minus is not a bar as wide as the picture.
    font = ImageFont.truetype(str(path), 40)
    left, top, right, bottom = font.getbbox(character)
    picture = Image.new("L", (SIDE, SIDE))
    place = ((SIDE - right - left) / 2, (SIDE - bottom - top) / 2)
    ImageDraw.Draw(picture).text(place, character, fill=255, font=font)
    return np.asarray(picture, dtype=np.float64)


@lru_cache(maxsize=8)
def _handwriting(part: str) -> dict[str, NDArray[np.float64]]:
    """Digit -> its pictures, float[k, 45, 45]; thirds of the list, as writers follow each other."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    count = len(data.target)
    rows = {
        "train": slice(0, count * 2 // 3),
        "val": slice(count * 2 // 3, count * 3 // 4),
        "test": slice(count * 3 // 4, count),
    }[part]
    large = zoom(data.images[rows] * (255 / 16), (1, 4.5, 4.5), order=3)
    large = np.clip(3 * (large - 85), 0, 255)  # as sharp as the glyphs
    room = SIDE - large.shape[1]
    padded = np.pad(large, ((0, 0), *[(room // 2, room - room // 2)] * 2))
    return {str(d): padded[data.target[rows] == d] for d in range(10)}


def _distorted(picture: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    from scipy.ndimage import gaussian_filter, map_coordinates

    angle, slant = rng.uniform(-TURN, TURN, 2)
    scale = rng.uniform(0.85, 1.2, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.diag(scale) @ turn @ np.array([[1.0, 0.0], [slant, 1.0]])
    middle = (SIDE - 1) / 2
    places = np.indices((SIDE, SIDE), dtype=np.float64) - middle
    field = gaussian_filter(rng.standard_normal(places.shape), (0, SMOOTH, SMOOTH))
    field *= FORCE / field.std()
    wanted = np.tensordot(matrix, places, axes=1) + middle + field
    drawn: NDArray[np.float64] = map_coordinates(picture, wanted, order=1)
    return np.clip(drawn, 0, 255).round().astype(np.uint8)
