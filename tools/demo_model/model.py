"""The qwen3 architecture in PyTorch, with GGUF's tensor names."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    n_vocab: int
    n_embd: int = 256
    n_layer: int = 8
    n_head: int = 4
    n_head_kv: int = 2
    head_dim: int = 64
    n_ff: int = 640
    context: int = 512
    rope_base: float = 10000.0
    eps: float = 1e-6


class RmsNorm(nn.Module):
    def __init__(self, n, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(n)), eps

    def forward(self, x):
        y = x.float()
        return (y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps) * self.weight.float()).to(x.dtype)


def linear(n_in, n_out):
    layer = nn.Linear(n_in, n_out, bias=False)
    nn.init.normal_(layer.weight, std=0.02)
    return layer


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.attn_norm, self.ffn_norm = RmsNorm(c.n_embd, c.eps), RmsNorm(c.n_embd, c.eps)
        self.attn_q_norm, self.attn_k_norm = RmsNorm(c.head_dim, c.eps), RmsNorm(c.head_dim, c.eps)
        self.attn_q = linear(c.n_embd, c.n_head * c.head_dim)
        self.attn_k = linear(c.n_embd, c.n_head_kv * c.head_dim)
        self.attn_v = linear(c.n_embd, c.n_head_kv * c.head_dim)
        self.attn_output = linear(c.n_head * c.head_dim, c.n_embd)
        self.ffn_gate, self.ffn_up = linear(c.n_embd, c.n_ff), linear(c.n_embd, c.n_ff)
        self.ffn_down = linear(c.n_ff, c.n_embd)

    def forward(self, x, cos, sin):
        c, (b, t, _) = self.c, x.shape
        h = self.attn_norm(x)
        q = rope(self.attn_q_norm(self.attn_q(h).view(b, t, c.n_head, c.head_dim)), cos, sin).transpose(1, 2)
        k = rope(self.attn_k_norm(self.attn_k(h).view(b, t, c.n_head_kv, c.head_dim)), cos, sin).transpose(1, 2)
        v = self.attn_v(h).view(b, t, c.n_head_kv, c.head_dim).transpose(1, 2)
        group = c.n_head // c.n_head_kv
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, is_causal=True)
        x = x + self.attn_output(y.transpose(1, 2).reshape(b, t, -1))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


def rope(x, cos, sin):
    """Rotates halves: pairs (i, i + n/2). x: [b, t, head, n]; cos, sin: [t, n/2]."""
    a, b = x.float().chunk(2, -1)
    cos, sin = cos[:, None], sin[:, None]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(x.dtype)


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.token_embd = nn.Embedding(c.n_vocab, c.n_embd)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        self.blk = nn.ModuleList(Block(c) for _ in range(c.n_layer))
        self.output_norm = RmsNorm(c.n_embd, c.eps)
        angles = torch.outer(torch.arange(c.context).float(), c.rope_base ** (-torch.arange(0, c.head_dim, 2).float() / c.head_dim))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, ids):
        x = self.token_embd(ids)
        t = ids.shape[1]
        for block in self.blk:
            x = block(x, self.cos[:t], self.sin[:t])
        return F.linear(self.output_norm(x), self.token_embd.weight)
