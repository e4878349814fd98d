"""Makes the table of static embeddings: every word piece of MiniLM through the model once, made small."""

import argparse
import gzip
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from minilm_source import checked_source, sha256
from tokenizers import Tokenizer
from transformers import AutoModel

DIMENSIONS = 128
# Every principal component is divided by its singular value to this power: 0 leaves it, 1 makes all count the same.
WHITENING = 0.7
# Smooth inverse frequency: a word piece that makes up this share of all text gets half the weight of a rare one.
SIF = 1e-3
CLS, SEP = 101, 102
BATCH = 512


def main() -> int:
    """Run the recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--contexts", type=Path, nargs="+", required=True, help="SQuAD .jsonl.gz files to count words in"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the artefact, e.g. ../compressor_service/weights/relevance"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    source = checked_source()
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    table = shrunk(piece_states(source, tokenizer.get_vocab_size()))
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 1e-9).astype(np.float32)
    shares = piece_shares(tokenizer, arguments.contexts)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez(
        arguments.out / "static_embeddings.npz",
        rows=np.rint(table / scales[:, None]).astype(np.int8),
        scales=scales,
        weights=(SIF / (SIF + shares)).astype(np.float32),
    )
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (arguments.out / "vocabulary.txt").write_text("\n".join(piece for piece, _ in pieces), encoding="utf-8")
    for name in ("static_embeddings.npz", "vocabulary.txt"):
        print(f"{(arguments.out / name).stat().st_size:,} bytes  {sha256(arguments.out / name)}  {name}")
    return 0


def piece_states(source: Path, size: int) -> np.ndarray:
    """Send each word piece between [CLS] and [SEP] through the model; return its own last state."""
    model = AutoModel.from_pretrained(source, attn_implementation="eager", add_pooling_layer=False).eval()
    states = []
    with torch.no_grad():
        for start in range(0, size, BATCH):
            ids = torch.arange(start, min(start + BATCH, size))
            row = torch.stack([torch.full_like(ids, CLS), ids, torch.full_like(ids, SEP)], dim=1)
            states.append(model(input_ids=row, attention_mask=torch.ones_like(row)).last_hidden_state[:, 1].numpy())
    return np.concatenate(states).astype(np.float64)


def shrunk(states: np.ndarray) -> np.ndarray:
    """Centre the states and keep their first principal components, evened out."""
    centred = states - states.mean(axis=0)
    _, values, components = np.linalg.svd(centred, full_matrices=False)
    kept = components[:DIMENSIONS].T * values[:DIMENSIONS] ** -WHITENING
    return centred @ kept


def piece_shares(tokenizer: Tokenizer, contexts: list[Path]) -> np.ndarray:
    """Return which share of all pieces in the paragraphs each one makes up; an unseen one counts half."""
    counts: Counter[int] = Counter()
    for text in sorted({row["context"] for path in contexts for row in read_rows(path)}):
        counts.update(tokenizer.encode(text, add_special_tokens=False).ids)
    smoothed = np.array([counts[piece] for piece in range(tokenizer.get_vocab_size())]) + 0.5
    return smoothed / smoothed.sum()


def read_rows(path: Path) -> list[dict]:
    """Read a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
