"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from nsr.errors import InputError


def replace_file(path: str | Path, text: str | bytes) -> None:
    """Write a text (as UTF-8) or bytes beside the file, then rename it over the file.

    A symbolic link is followed and stays a link; an existing file keeps its mode.

    Raises:
        InputError: if that is not possible; what was there stays, nothing else is left behind.
    """
    _replace(path, text)


def check_writable(path: str | Path) -> None:
    """Try whether `replace_file` will be able to write.

    Raises:
        InputError: if not.
    """
    _replace(path, None)


def make_folder(path: str | Path, files: Iterable[str] = ()) -> None:
    """Make a folder, if it is not there, and try whether these files of it can be written.

    Raises:
        InputError: if not.
    """
    if not str(path):
        raise InputError("expected the name of a directory, got none")
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot make it: {reason}", source=str(path)) from None
    for name in files:
        check_writable(Path(path) / name)


def _replace(path: str | Path, text: str | bytes | None) -> None:
    target = Path(os.path.realpath(path))
    temporary = None
    try:
        if target.exists() and not target.is_file():
            raise InputError("cannot write: not a regular file", source=str(path))
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        descriptor, temporary = tempfile.mkstemp(prefix=".nsr-", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8") if isinstance(text, str) else text or b"")
        os.chmod(temporary, mode)
        if text is not None:
            os.replace(temporary, target)
            temporary = None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot write: {reason}", source=str(path)) from None
    finally:
        if temporary is not None:
            os.unlink(temporary)


def _umask() -> int:
    # The only way to read it is to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
