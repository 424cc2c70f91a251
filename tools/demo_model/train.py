"""Trains the demo model and writes it as GGUF: train.py OUT.gguf [--seconds 250] [--conversations 900000]. Needs PyTorch and NumPy; one GPU."""
import argparse
import multiprocessing
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

import bpe
import corpus
import evaluate
import export
from model import Config, Model

N_VOCAB = 2560
ROW = 256  # tokens of a training row; whole conversations, divided by <|endoftext|>


def make_tokenizer(n):
    r = random.Random(0)
    return bpe.Tokenizer(bpe.train((text for _ in range(n) for _, text in corpus.conversation(r)), N_VOCAB))


def make_rows(job):
    """Rows [n, ROW] of ids and of weights, from n conversations."""
    seed, n, merges = job
    r, tokenizer = random.Random(seed), bpe.Tokenizer(merges)
    rows, weights, ids, own = [], [], [], []

    def flush():
        pad = ROW - len(ids)
        rows.append(ids + [tokenizer.eot] * pad)
        weights.append(own + [0] * pad)

    for _ in range(n):
        new, mine = tokenizer.chat(corpus.conversation(r))
        new, mine = new[:ROW - 1] + [tokenizer.eot], mine[:ROW - 1] + [0]
        if len(ids) + len(new) > ROW:
            flush()
            ids, own = [], []
        ids, own = ids + new, own + mine
    flush()
    return np.array(rows, np.int16), np.array(weights, np.int8)


def train(model, rows, weights, seconds, batch, rate, device):
    decay = [p for p in model.parameters() if p.ndim == 2]
    other = [p for p in model.parameters() if p.ndim != 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": other, "weight_decay": 0}], lr=rate, betas=(0.9, 0.95))
    rows, weights = torch.from_numpy(rows).to(device), torch.from_numpy(weights).to(device)
    begin, step, shown = time.time(), 0, 0.0
    generator = torch.Generator(device="cpu").manual_seed(3)
    order, at = torch.randperm(len(rows), generator=generator).to(device), 0
    while (done := (time.time() - begin) / seconds) < 1:
        if at + batch > len(rows):
            order, at = torch.randperm(len(rows), generator=generator).to(device), 0
        pick = order[at:at + batch]
        at += batch
        ids, w = rows[pick].long(), 0.05 + 0.95 * weights[pick][:, 1:].float()
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * done))
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        loss = (loss * w.flatten()).sum() / w.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0 and time.time() - shown > 10:
            shown = time.time()
            print(f"{shown - begin:5.0f} s  step {step}  loss {loss.item():.4f}", flush=True)
    print(f"{step} steps, loss {loss.item():.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--seconds", type=float, default=250, help="of training")
    parser.add_argument("--conversations", type=int, default=900000)
    parser.add_argument("--batch", type=int, default=384)
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    begin = time.time()
    tokenizer = make_tokenizer(min(20000, args.conversations))
    n_process = os.cpu_count()
    jobs = [(seed, args.conversations // (4 * n_process), tokenizer.merges) for seed in range(1, 4 * n_process + 1)]
    with multiprocessing.get_context("fork").Pool(n_process) as pool:
        parts = pool.map(make_rows, jobs, chunksize=1)
    rows, weights = (np.concatenate(p) for p in zip(*parts))
    print(f"{time.time() - begin:.0f} s: {len(tokenizer.tokens)} tokens, {len(rows)} rows of {ROW}", flush=True)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = True
    model = Model(Config(n_vocab=len(tokenizer.tokens))).to(device)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters on {device}", flush=True)
    train(model, rows, weights, args.seconds, args.batch, args.rate, device)

    tensors = {name: w.detach().float().cpu().numpy() for name, w in model.named_parameters()}
    export.write(args.out, model.c, tokenizer, tensors)
    with torch.no_grad():
        for name, w in model.named_parameters():
            if w.ndim == 2:
                w.copy_(torch.from_numpy(export.dequantized(tensors[name])))
    evaluate.report(evaluate.TorchChat(model.eval(), tokenizer, device))
    print(f"{time.time() - begin:.0f} s: {args.out}, {os.path.getsize(args.out)} bytes", flush=True)


if __name__ == "__main__":
    main()
