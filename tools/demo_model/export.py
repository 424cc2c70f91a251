"""GGUF (v3) with Q8_0 matrices: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""
import struct

import numpy as np

U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TYPE_F32, TYPE_Q8_0 = 0, 8
ALIGNMENT = 32

CHATML = ("{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
          "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")


def text(s):
    data = s.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind, v):
    if kind == STRING:
        return text(v)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], v)


def key(name, kind, v, element=None):
    out = text(name) + struct.pack("<I", kind)
    if kind != ARRAY:
        return out + value(kind, v)
    return out + struct.pack("<IQ", element, len(v)) + b"".join(value(element, e) for e in v)


def quantize(w):
    """Q8_0: blocks of 32 values, a half-precision scale and 32 int8."""
    blocks = w.astype(np.float32).reshape(-1, 32)
    scale = (np.abs(blocks).max(1) / 127).astype(np.float16)
    inverse = np.where(scale > 0, 1 / np.maximum(scale.astype(np.float32), 1e-30), 0)
    codes = np.clip(np.rint(blocks * inverse[:, None]), -127, 127).astype(np.int8)
    return scale, codes


def dequantized(w):
    scale, codes = quantize(w)
    return (codes * scale.astype(np.float32)[:, None]).reshape(w.shape)


def q8_bytes(w):
    scale, codes = quantize(w)
    return np.concatenate((scale[:, None].view(np.uint8).reshape(-1, 2), codes.view(np.uint8)), 1).tobytes()


def metadata(c, tokenizer):
    special = len(tokenizer.tokens) - 3
    arch = "qwen3"
    keys = [
        key("general.architecture", STRING, arch), key("general.name", STRING, "dlgo demo"), key("general.license", STRING, "MIT"),
        key("general.description", STRING, "A very small chat model that shows dlgo at work"), key("general.file_type", U32, 7),
        key(f"{arch}.block_count", U32, c.n_layer), key(f"{arch}.context_length", U32, c.context),
        key(f"{arch}.embedding_length", U32, c.n_embd), key(f"{arch}.feed_forward_length", U32, c.n_ff),
        key(f"{arch}.attention.head_count", U32, c.n_head), key(f"{arch}.attention.head_count_kv", U32, c.n_head_kv),
        key(f"{arch}.attention.key_length", U32, c.head_dim), key(f"{arch}.attention.value_length", U32, c.head_dim),
        key(f"{arch}.attention.layer_norm_rms_epsilon", F32, c.eps), key(f"{arch}.rope.freq_base", F32, c.rope_base),
        key("tokenizer.ggml.model", STRING, "gpt2"), key("tokenizer.ggml.pre", STRING, "qwen2"),
        key("tokenizer.ggml.tokens", ARRAY, tokenizer.tokens, STRING),
        key("tokenizer.ggml.token_type", ARRAY, [1] * special + [3] * 3, I32),
        key("tokenizer.ggml.merges", ARRAY, [" ".join(m) for m in tokenizer.merges], STRING),
        key("tokenizer.ggml.eos_token_id", U32, tokenizer.end), key("tokenizer.ggml.padding_token_id", U32, tokenizer.eot),
        key("tokenizer.ggml.bos_token_id", U32, tokenizer.eot), key("tokenizer.ggml.add_bos_token", BOOL, False),
        key("tokenizer.chat_template", STRING, CHATML),
    ]
    return keys


def write(path, c, tokenizer, tensors):
    """tensors: {GGUF name: float array [n_out, n_in] or [n]}; matrices become Q8_0."""
    keys, entries, data = metadata(c, tokenizer), [], b""
    for name, w in tensors.items():
        matrix = w.ndim == 2
        data += b"\0" * (-len(data) % ALIGNMENT)
        entries.append(text(name) + struct.pack("<I", w.ndim) + b"".join(struct.pack("<Q", d) for d in reversed(w.shape)) +
                       struct.pack("<IQ", TYPE_Q8_0 if matrix else TYPE_F32, len(data)))
        data += q8_bytes(w) if matrix else w.astype(np.float32).tobytes()
    head = b"GGUF" + struct.pack("<IQQ", 3, len(entries), len(keys)) + b"".join(keys) + b"".join(entries)
    with open(path, "wb") as f:
        f.write(head + b"\0" * (-len(head) % ALIGNMENT) + data)
