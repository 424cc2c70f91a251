"""What goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, Mapping, Sequence, Tuple, TypedDict, Union


class Message(TypedDict):
    role: str
    content: str


Messages = Union[str, Sequence[Message]]


class GenerateOptions(TypedDict, total=False):
    """Keyword arguments of chat() and generate()."""

    max_tokens: int  # default: until the model ends its answer or the context is full
    temperature: float  # default 0.8; 0 = greedy
    top_k: int
    top_p: float
    min_p: float
    repetition_penalty: float
    presence_penalty: float
    frequency_penalty: float
    penalty_last_n: int
    seed: int
    stop: Union[str, Iterable[str]]
    logit_bias: Mapping[int, float]
    grammar: str  # GBNF with a rule "root"
    json_schema: Union[str, Dict[str, Any]]
    logprobs: int  # this many rivals of each token
    parse_special: bool
    ignore_eos: bool
    chat_template: str
    tools: Sequence[Mapping[str, Any]]
    template_args: Mapping[str, Any]


STOP_REASONS = ("eos", "length", "stop", "context", "callback", "cancel", "grammar")


@dataclass(frozen=True)
class Stats:
    """Counts and times of one generation."""

    stop_reason: str  # one of "eos", "length", "stop", "context", "callback", "cancel", "grammar"
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_ms: float
    generate_ms: float
    load_ms: float

    @classmethod
    def of(cls, values: Dict[str, Any]) -> "Stats":
        return cls(**{**values, "stop_reason": STOP_REASONS[values["stop_reason"]]})


@dataclass(frozen=True)
class ModelInfo:
    architecture: str
    name: str
    device: str
    isa: str
    layers: int
    gpu_layers: int
    threads: int
    parameters: int
    active_parameters: int
    weight_bytes: int
    repacked_bytes: int
    context_length: int
    vocab_size: int
    embedding_length: int
    bos_token: int
    eos_token: int
    has_chat_template: bool
    has_weights: bool


@dataclass(frozen=True)
class TensorInfo:
    name: str
    type: str
    shape: Tuple[int, ...]  # innermost first, as in the file
    bytes: int
    device: str


@dataclass(frozen=True)
class MemoryPlan:
    """Bytes that loading a model and creating one session would take."""

    device: str
    layers: int
    gpu_layers: int
    host_weights: int
    device_weights: int
    host_state: int
    device_state: int
    host_scratch: int
    device_scratch: int
    host_repacked: int


@dataclass(frozen=True)
class Device:
    name: str
    description: str
    type: str  # "cpu", "discrete", "integrated", "virtual", "software"
    features: str
    memory_total: int
    memory_free: int
