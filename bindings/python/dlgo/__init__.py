"""dlgo: run GGUF language models on the CPU or any Vulkan GPU.

>>> import dlgo
>>> llm = dlgo.LLM()                     # the bundled demo model; LLM("model.gguf") for your own
>>> llm.chat("What is the capital of France?", temperature=0)
'The capital of France is Paris.'
>>> for piece in llm.chat("What is the capital of Italy?", temperature=0, stream=True):
...     print(piece, end="")
The capital of Italy is Rome.
"""

from . import _dlgo
from ._errors import (
    CancelledError,
    ContextFullError,
    DeviceError,
    Error,
    FileError,
    FormatError,
    InternalError,
    InvalidArgumentError,
    OutOfMemoryError,
    UnsupportedError,
)
from ._llm import LLM, Session
from ._stream import Answer, Piece, Stream
from ._types import Device, GenerateOptions, MemoryPlan, Message, ModelInfo, Stats, TensorInfo
from ._util import demo_model, devices, estimate, has_feature, set_log

__version__ = _dlgo.version()

__all__ = [
    "LLM", "Session", "Stream", "Answer", "Piece", "Message", "GenerateOptions", "ModelInfo", "TensorInfo", "MemoryPlan", "Device", "Stats",
    "Error", "InvalidArgumentError", "FileError", "FormatError", "UnsupportedError", "OutOfMemoryError", "ContextFullError",
    "CancelledError", "DeviceError", "InternalError", "demo_model", "devices", "estimate", "has_feature", "set_log", "__version__",
]
