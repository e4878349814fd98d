"""Makes the artefact of the engine tiny_onnx: trains a token model on SQuAD, exports it, checks it, writes it."""

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from keep_corpus import Paragraph, held_out, join, read_paragraphs
from keep_export import Window, export, logits_of, quantise, torch_logits
from keep_network import WINDOW, KeepNetwork
from keep_training import Settings, new_network, train
from minilm_source import checked_source, sha256
from safetensors.torch import load_file
from tokenizers import Tokenizer

from compressor_service.engines.pieces import open_tokenizer, read_pieces
from compressor_service.engines.tiny_onnx import MANIFEST, MODEL, VOCABULARY

WORD_TABLE = "embeddings.word_embeddings.weight"
PARITY_MAX_DIFFERENCE = 1e-3  # of a logit, fp32 ONNX against torch
INT8_MIN_CORRELATION = 0.999
MAX_BYTES = 8_000_000


def main() -> int:
    """Run the recipe; leave the target folder untouched when a gate fails."""
    arguments = parse_arguments()
    logging.disable(logging.WARNING)  # the exporter reports every node that it touches
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    source = checked_source()
    tokenizer = open_tokenizer((source / "tokenizer.json").read_text(encoding="utf-8"))
    complete = read_paragraphs(arguments.squad / "train.jsonl.gz")
    partial = read_paragraphs(arguments.squad / "train-extra.jsonl.gz")
    learnt, other = held_out(complete)
    settings = Settings()
    table, rarity = first_table(source, complete, tokenizer, settings.width)
    network = new_network(table, rarity, settings)
    train(network, [*(learnt if arguments.tuning else complete), *partial], tokenizer, settings)
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    fp32, int8 = arguments.scratch / "tiny_fp32.onnx", arguments.scratch / MODEL
    export(network, fp32)
    quantise(fp32, int8, windows_of(learnt[:72], tokenizer))
    check(network, fp32, int8, windows_of(other[:120], tokenizer))
    write(arguments.out, int8, source / "tokenizer.json")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, required=True, help="folder with train.jsonl.gz and train-extra.jsonl.gz")
    parser.add_argument("--out", type=Path, required=True, help="folder for the artefact")
    parser.add_argument("--scratch", type=Path, required=True, help="folder for intermediate files")
    parser.add_argument("--tuning", action="store_true", help="leave out the articles that tuning measures on")
    return parser.parse_args()


def first_table(
    source: Path, paragraphs: Sequence[Paragraph], tokenizer: Tokenizer, width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the token vectors of MiniLM cut to the width by SVD, and how rare every token is in the paragraphs."""
    vectors = load_file(source / "model.safetensors")[WORD_TABLE].float()
    left, strengths, _ = torch.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    table = left[:, :width] * strengths[:width]
    holders = np.ones(len(vectors))
    for paragraph in paragraphs:
        holders[np.unique(read_pieces(tokenizer, paragraph.text).ids)] += 1
    return table / table.std() * 0.5, torch.from_numpy(np.log(len(paragraphs) / holders) / 8).float()


def windows_of(paragraphs: Sequence[Paragraph], tokenizer: Tokenizer) -> list[Window]:
    """Cut documents of six paragraphs into windows as the engine would, without overlap."""
    windows = []
    for first in range(0, len(paragraphs), 6):
        pieces = read_pieces(tokenizer, join(paragraphs[first : first + 6]).text)
        for start in range(0, len(pieces.ids) - WINDOW, WINDOW):
            rows = slice(start, start + WINDOW)
            windows.append((pieces.ids[rows], pieces.features[rows]))
    return windows


def check(network: KeepNetwork, fp32: Path, int8: Path, windows: list[Window]) -> None:
    """End the recipe unless both files compute what torch does."""
    short = [(ids[:size], features[:size]) for (ids, features), size in zip(windows, (1, 2, 3, 17, 64), strict=False)]
    truth, close = torch_logits(network, windows + short), logits_of(fp32, windows + short)
    difference = max(float(np.abs(a - b).max()) for a, b in zip(truth, close, strict=True))
    wanted, got = np.concatenate(truth), np.concatenate(logits_of(int8, windows + short))
    correlation = float(np.corrcoef(wanted, got)[0, 1])
    print(f"fp32 ONNX against torch, {len(wanted)} pieces: largest difference {difference:.6f}")
    print(
        f"int8 ONNX against torch: correlation {correlation:.5f}, largest difference {np.abs(wanted - got).max():.3f}"
    )
    gate("difference of fp32", -difference, -PARITY_MAX_DIFFERENCE)
    gate("correlation of int8", correlation, INT8_MIN_CORRELATION)
    gate("bytes left", MAX_BYTES - int8.stat().st_size, 500_000)


def gate(what: str, value: float, limit: float) -> None:
    """End the recipe when a figure falls below its limit."""
    if not value >= limit:
        sys.exit(f"{what} is {value:.5f}, below {limit}: nothing written")


def write(out: Path, model: Path, tokenizer: Path) -> None:
    """Copy the two files of the artefact and write the manifest that pins their bytes."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, out / MODEL)
    shutil.copyfile(tokenizer, out / VOCABULARY)
    pinned = {name: sha256(out / name) for name in (MODEL, VOCABULARY)}
    manifest = {"name": "tiny_onnx", "sha256": pinned}
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    for name, digest in pinned.items():
        print(f"{digest}  {name}  {(out / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
