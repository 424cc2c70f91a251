"""Models and sessions."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Literal, Optional, Sequence, Tuple, Union, overload

from . import _dlgo
from ._stream import Answer, Stream, whole
from ._types import GenerateOptions, Message, Messages, ModelInfo, TensorInfo
from ._util import PathLike, demo_model

if TYPE_CHECKING:
    import numpy
    from typing_extensions import Buffer, Unpack

    Tokens = Union[Sequence[int], "numpy.ndarray[Any, Any]"]

_WAITING_PIECES = 256  # a stream that nobody reads pauses here
_KV = {"f16": 0, "f32": 1}


def _pairs(messages: Messages) -> List[Tuple[str, str]]:
    if isinstance(messages, str):
        return [("user", messages)]
    return [(message["role"], message["content"]) for message in messages]


def _options(options: GenerateOptions) -> Dict[str, Any]:
    out: Dict[str, Any] = dict(options)
    if isinstance(out.get("stop"), str):
        out["stop"] = [out["stop"]]
    for name in ("json_schema", "tools", "template_args"):
        if out.get(name) is not None and not isinstance(out[name], str):
            out[name] = json.dumps(out[name], ensure_ascii=False)
    return out


def _float_buffer(*shape: int) -> Any:
    try:
        import numpy
    except ImportError:
        count = 1
        for n in shape:
            count *= n
        view = memoryview(bytearray(4 * count)).cast("B")
        return view.cast("f", list(shape)) if count else view.cast("f")
    return numpy.empty(shape, numpy.float32)


class Session:
    """One conversation's state. Made by LLM.session(); serves one thread at a time, except for cancel()."""

    def __init__(self, llm: "LLM", *, context: int = 0, ubatch: int = 0, kv: str = "f16") -> None:
        if kv not in _KV:
            raise ValueError(f"kv must be one of {', '.join(_KV)}")
        self._llm = llm
        self._raw = _dlgo.Session(llm._raw, context, ubatch, _KV[kv])

    @overload
    def chat(self, messages: Messages, *, stream: Literal[False] = False, **options: Unpack[GenerateOptions]) -> Answer: ...
    @overload
    def chat(self, messages: Messages, *, stream: Literal[True], **options: Unpack[GenerateOptions]) -> Stream: ...
    def chat(self, messages: Messages, *, stream: bool = False, **options: Any) -> Union[Answer, Stream]:
        """The answer to a question or to a whole conversation, a list of {"role": ..., "content": ...}. What the session already
        holds of it is not evaluated again."""
        raw = self._raw.chat(_pairs(messages), _options(options), _WAITING_PIECES if stream else 0)  # type: ignore[arg-type]
        return Stream(raw) if stream else whole(raw)

    @overload
    def generate(self, prompt: str, *, stream: Literal[False] = False, **options: Unpack[GenerateOptions]) -> Answer: ...
    @overload
    def generate(self, prompt: str, *, stream: Literal[True], **options: Unpack[GenerateOptions]) -> Stream: ...
    def generate(self, prompt: str, *, stream: bool = False, **options: Any) -> Union[Answer, Stream]:
        """Appends prompt as it is, without a chat template, and continues it."""
        raw = self._raw.generate(prompt, _options(options), _WAITING_PIECES if stream else 0)  # type: ignore[arg-type]
        return Stream(raw) if stream else whole(raw)

    def eval(self, tokens: Tokens, *, all: bool = False, out: Optional[Buffer] = None) -> Any:
        """Appends tokens and gives the logits after the last one, [vocab_size], or after each, [n, vocab_size], as a float32 NumPy
        array (a memoryview without NumPy). The library writes straight into it, or into out."""
        if out is None:
            out = _float_buffer(len(tokens), self._llm._raw.vocab_size) if all else _float_buffer(self._llm._raw.vocab_size)
        self._raw.eval(tokens, out, all)
        return out

    def append(self, tokens: Tokens) -> None:
        """Appends tokens without computing logits."""
        self._raw.eval(tokens, None, False)

    @property
    def position(self) -> int:
        """Tokens in the session."""
        return self._raw.position

    def truncate(self, n_keep: int) -> None:
        """Keeps the first n_keep tokens; 0 = reset."""
        self._raw.truncate(n_keep)

    def save(self, path: PathLike) -> None:
        self._raw.save(os.fspath(path))

    def restore(self, path: PathLike) -> None:
        self._raw.restore(os.fspath(path))

    def cancel(self) -> None:
        """Ends the call in progress; from any thread."""
        self._raw.cancel()

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class LLM:
    """A model. It may be used from any number of threads, each with a session() of its own; chat() and generate() of the model itself
    share one.

    path: a GGUF file, the first one of a split model; None = the bundled demo model
    device: "auto", "cpu", "vulkan", "vulkan:N"
    gpu_layers: layers on the GPU; -1 = as many as fit
    context: tokens of context; 0 = what the model was trained for
    kv: "f16" or "f32", type of the key/value cache
    use_mmap: True = map the file, shared with other processes; False = read it; None = map it, and copy what this CPU reads faster so
    progress: called with a fraction while loading; what it raises ends the load
    """

    def __init__(
        self,
        path: Optional[PathLike] = None,
        *,
        device: str = "auto",
        gpu_layers: int = -1,
        vram_budget: int = 0,
        threads: int = 0,
        context: int = 0,
        ubatch: int = 0,
        kv: str = "f16",
        isa: Optional[str] = None,
        use_mmap: Optional[bool] = None,
        vocab_only: bool = False,
        progress: Optional[Callable[[float], object]] = None,
    ) -> None:
        if kv not in _KV:
            raise ValueError(f"kv must be one of {', '.join(_KV)}")
        self.path = demo_model() if path is None else os.fspath(path)
        self._session_options: Dict[str, Any] = {"context": context, "ubatch": ubatch, "kv": kv}
        self._session: Optional[Session] = None
        self._raw = _dlgo.Model(
            self.path,
            {"device": device, "gpu_layers": gpu_layers, "vram_budget": vram_budget, "threads": threads, "max_context": context,
             "isa": isa, "use_mmap": use_mmap, "vocab_only": vocab_only},
            progress,
        )

    def session(self, **options: Any) -> Session:
        """A new, empty conversation: context, ubatch and kv as for the model unless given."""
        return Session(self, **{**self._session_options, **options})

    def _own_session(self) -> Session:
        if self._session is None:
            self._session = self.session()
        return self._session

    @overload
    def chat(self, messages: Messages, *, stream: Literal[False] = False, **options: Unpack[GenerateOptions]) -> Answer: ...
    @overload
    def chat(self, messages: Messages, *, stream: Literal[True], **options: Unpack[GenerateOptions]) -> Stream: ...
    def chat(self, messages: Messages, *, stream: bool = False, **options: Any) -> Union[Answer, Stream]:
        """The answer to a question or to a whole conversation, a list of {"role": ..., "content": ...}: a str with stats, or with
        stream=True an iterator of pieces."""
        return self._own_session().chat(messages, stream=stream, **options)  # type: ignore[call-overload,no-any-return]

    @overload
    def generate(self, prompt: str, *, stream: Literal[False] = False, **options: Unpack[GenerateOptions]) -> Answer: ...
    @overload
    def generate(self, prompt: str, *, stream: Literal[True], **options: Unpack[GenerateOptions]) -> Stream: ...
    def generate(self, prompt: str, *, stream: bool = False, **options: Any) -> Union[Answer, Stream]:
        """Continues prompt, from an empty context and without a chat template."""
        session = self._own_session()
        session.truncate(0)
        return session.generate(prompt, stream=stream, **options)  # type: ignore[call-overload,no-any-return]

    def tokenize(self, text: Union[str, bytes], *, add_special: bool = False, parse_special: bool = False) -> List[int]:
        """add_special: BOS and the like as the model asks for them. parse_special: special tokens spelled out in text become tokens."""
        return self._raw.tokenize(text, add_special, parse_special)

    def detokenize(self, tokens: Iterable[int], *, special: bool = False) -> str:
        """special: special tokens as their text instead of leaving them out."""
        return self._raw.detokenize(list(tokens), special).decode("utf-8", "replace")

    def format_chat(self, messages: Messages, **options: Any) -> str:
        """messages rendered with the model's chat template; options chat_template, tools, template_args, add_generation_prompt."""
        return self._raw.format_chat(_pairs(messages), _options(options))  # type: ignore[arg-type]

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(**self._raw.info())

    @property
    def metadata(self) -> Dict[str, str]:
        """Metadata of the file as text, in its order."""
        return dict(self._raw.metadata())

    @property
    def tensors(self) -> List[TensorInfo]:
        return [TensorInfo(*tensor) for tensor in self._raw.tensors()]

    def close(self) -> None:
        """Frees the model; its other sessions keep the weights alive."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._raw.close()

    def __enter__(self) -> "LLM":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


__all__ = ["LLM", "Message", "Session"]
