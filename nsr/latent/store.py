"""Trained networks by name: those that come with nsr, and those of a folder of yours.

A network is a file `NAME.safetensors`. The folder is named by the environment variable
`NSR_LATENT`; a network there goes before one of the same name that comes with nsr.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nsr.errors import InputError, UnknownNameError
from nsr.latent.family import Family
from nsr.latent.files import NETWORK, read_about

if TYPE_CHECKING:
    from nsr.latent.solver import LatentSolver

SHIPPED: Final = Path(__file__).parent / "networks"
VARIABLE: Final = "NSR_LATENT"
NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")


def network_files() -> dict[str, Path]:
    """Name -> file, sorted by name.

    Raises:
        InputError: if the folder that is named is none, or a file in it has no proper name.
    """
    own = os.environ.get(VARIABLE)
    if own and not Path(own).is_dir():
        raise InputError(f"expected a directory of networks, got {own!r}", source=VARIABLE)
    folders = [SHIPPED, *([Path(own)] if own else [])]
    found = {path.stem: path for folder in folders for path in folder.glob("*.safetensors")}
    for path in found.values():
        check_name(path)
    return dict(sorted(found.items()))


def check_name(path: Path) -> None:
    """Refuse a file whose name could not stand in the text of a program.

    Raises:
        InputError: naming the file.
    """
    if path.suffix != ".safetensors" or not NAME.fullmatch(path.stem):
        raise InputError(
            "expected a file NAME.safetensors for a network, NAME of a-z, 0-9, _ and -, from a "
            "letter on",
            source=str(path),
        )


def family_of(name: str) -> Family:
    """What the network of that name was trained on; loads no network.

    Raises:
        UnknownNameError: if there is none.
        InputError: if its file is corrupt or foreign.
    """
    return _family(*_version(_path(name)))


def load_network(name: str) -> LatentSolver:
    """The network of that name.

    Raises:
        UnknownNameError: if there is none.
        InputError: if its file is corrupt or foreign.
    """
    return _solver(*_version(_path(name)))


def _path(name: str) -> Path:
    files = network_files()
    if name not in files:
        raise UnknownNameError("network", name, list(files))
    return files[name]


def _version(path: Path) -> tuple[Path, int, int]:
    """A file, when it was written, and its size: another file of that name is another network."""
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", source=str(path)) from None
    return path, found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=64)
def _family(path: Path, _written: int, _size: int) -> Family:
    about = read_about(path, NETWORK)
    try:
        return Family.from_json(about["family"])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        reason = f"{type(error).__name__} {error}"
        raise InputError(f"not a latent solver: {reason}", source=str(path)) from None


@functools.lru_cache(maxsize=8)
def _solver(path: Path, _written: int, _size: int) -> LatentSolver:
    from nsr.latent.solver import LatentSolver

    return LatentSolver.load(path)
