"""What the commands on learnt machines share: pairs in and values out, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nsr.machine import Machine
    from nsr.values import Undefined


def outputs(text: str, domain: str) -> Any:
    """The output that a text stands for in a domain."""
    return tuple(text.split())


def show(value: Any) -> str:
    """The text of an output."""
    return " ".join(value)


def silence(value: Undefined) -> str:
    """How "no answer" is written."""
    return f"no answer: {value.reason}"


def open_model(directory: str) -> Machine:
    """The model in a directory."""
    from nsr.machine import load

    return load(directory)
