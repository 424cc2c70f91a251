from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, List, Optional, Union

from . import _dlgo
from ._types import Device, MemoryPlan

PathLike = Union[str, "os.PathLike[str]"]


def demo_model() -> str:
    """Path of the model that comes with the package."""
    return str(Path(__file__).with_name("demo.gguf"))


def devices() -> List[Device]:
    """Devices of this machine; the first is the CPU."""
    return [Device(**device) for device in _dlgo.devices()]


def has_feature(name: str) -> bool:
    """Whether this build on this machine has, for example, "avx2", "vulkan" or "coopmat"."""
    return _dlgo.has_feature(name)


def estimate(path: PathLike, **options: Any) -> MemoryPlan:
    """What LLM(path, **options) and one session would put where; reads only the header of the file."""
    return MemoryPlan(**_dlgo.estimate(os.fspath(path), options))


def set_log(function: Optional[Callable[[int, str], None]]) -> None:
    """function(level, message) gets the library's messages, from any thread; None (the default) is silence.
    Levels: 0 error, 1 warning, 2 information, 3 debugging."""
    _dlgo.set_log(function)
