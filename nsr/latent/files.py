"""Arrays with a JSON description in one safetensors file: no code, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nsr.atomic import replace_file
from nsr.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

NETWORK = "nsr-latent"
TRAINING = "nsr-latent-training"
"""Formats of files."""
VERSION = 1


def write_arrays(path: str | Path, arrays: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write arrays and their description, which names its `format`.

    Raises:
        InputError: if that is not possible.
    """
    from safetensors.torch import save

    text = json.dumps({**about, "version": VERSION})
    raw = save({k: v.contiguous() for k, v in arrays.items()}, metadata={"about": text})
    replace_file(path, raw)


def read_about(path: str | Path, kind: str) -> dict[str, Any]:
    """The description alone, without loading an array, or torch.

    Raises:
        InputError: if the file cannot be read, is corrupt, or of another kind or version.
    """
    return _read(path, kind, False)[1]


def read_arrays(path: str | Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Arrays and description.

    Raises:
        InputError: if the file cannot be read, is corrupt, or of another kind or version.
    """
    return _read(path, kind, True)


def _read(path: str | Path, kind: str, whole: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    source = str(path)
    if not Path(path).is_file():
        raise InputError("cannot read: no such file", source=source)
    try:
        with safe_open(source, framework="pt" if whole else "numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            names = file.keys() if whole else ()
            arrays = {name: file.get_tensor(name) for name in names}
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", source=source) from None
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"{type(error).__name__} {error}"
        raise InputError(f"not a file of latent programs: {reason}", source=source) from None
    if not isinstance(about, dict) or about.get("format") != kind:
        raise InputError(f"expected format {kind!r}", source=source)
    if about.get("version") != VERSION:
        raise InputError(f"expected version {VERSION}, got {about.get('version')!r}", source=source)
    return arrays, about
