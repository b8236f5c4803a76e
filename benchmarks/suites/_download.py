"""Pinned downloads: cached, resumed after an interruption, refused if the checksum is another.

Nothing is downloaded unless the environment variable `NSR_DOWNLOAD` is 1.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from nsr.errors import InputError

ALLOWED: Final = "NSR_DOWNLOAD"
BLOCK: Final = 1 << 16
SECONDS: Final = 30.0
"""Longest wait for an answer of the server."""


@dataclass(frozen=True)
class Pinned:
    """A file that must not change.

    Args:
        url: where it is.
        sha256: of its content, in hexadecimal.
        name: in the cache.
    """

    url: str
    sha256: str
    name: str


def allowed() -> bool:
    """Whether the user wants downloads."""
    return os.environ.get(ALLOWED) == "1"


def fetch(file: Pinned, cache: Path | None = None) -> Path:
    """The file in the cache, downloaded if it is not there.

    Args:
        file: what is wanted.
        cache: folder; that of pooch for `nsr` by default.

    Raises:
        InputError: in one line, if it cannot be downloaded or is not what it must be; a file that
            is not complete is kept and gone on with the next time.
    """
    import pooch

    folder = cache or Path(pooch.os_cache("nsr"))
    part = folder / f"{file.name}.part"
    try:
        found = pooch.retrieve(
            file.url,
            f"sha256:{file.sha256}",
            fname=file.name,
            path=folder,
            downloader=_Resumed(part),
        )
    except ValueError:  # of another checksum; what was cached may be what was wrong
        part.unlink(missing_ok=True)
        raise InputError(
            f"not the pinned file: its SHA-256 is not {file.sha256}", source=file.url
        ) from None
    except (OSError, urllib.error.URLError) as error:
        raise InputError(f"cannot download: {error}", source=file.url) from None
    part.unlink(missing_ok=True)
    return Path(found)


class _Resumed:
    """A downloader for pooch that goes on with what an interrupted one left.

    Args:
        part: where the incomplete file is kept.
    """

    def __init__(self, part: Path):
        self._part = part

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        have = self._part.stat().st_size if self._part.exists() else 0
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                # A server that knows no ranges sends all of it again.
                mode = "ab" if answer.status == HTTPStatus.PARTIAL_CONTENT else "wb"
                with self._part.open(mode) as file:
                    while block := answer.read(BLOCK):
                        file.write(block)
                missing = answer.length
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            missing = 0  # there was nothing left to send
        if missing:
            raise OSError(f"the connection ended {missing} bytes too early")
        Path(output_file).write_bytes(self._part.read_bytes())
