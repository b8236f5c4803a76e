"""Whatever was learnt and saved, read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nsr.latent.solver import LatentSolver
    from nsr.machine import Machine


def load(path: str | Path) -> Machine | LatentSolver:
    """What `Machine.save` (a directory) or `LatentSolver.save` (a file) wrote.

    Raises:
        InputError: if there is none, or a corrupt or foreign one.
    """
    if Path(path).suffix == ".safetensors":
        from nsr.latent.solver import LatentSolver

        return LatentSolver.load(path)
    from nsr.machine import load as load_machine

    return load_machine(path)
