"""Prints what a similarity threshold serves, rightly and wrongly, beside the guards: how min_similarity was chosen.

Usage: python cache-service/measurements/min_similarity.py --paraphrases FILE... --intents FILE.csv

`--paraphrases`: JSON lines (also .gz) with `original` and `disfluent`, two wordings of one question, which should hit.
`--intents`: CSV with `text,category`; texts of one category share an answer, so they may hit each other. They arrive
one after the other, as requests to one empty cache would.
"""

# ruff: noqa: INP001  # a script, not a package

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache_service.embedders import Embedder, load_embedder
from cache_service.guards import first_veto

THRESHOLDS = (0.80, 0.84, 0.86, 0.88, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96)
NEIGHBOURS = 4

Served = list[tuple[float, bool]]


def main() -> None:
    """Reads the files named on the command line and prints one row a threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paraphrases", type=Path, nargs="*", default=[])
    parser.add_argument("--intents", type=Path)
    parser.add_argument("--limit", type=int, default=3000, help="texts read of each file")
    chosen = parser.parse_args()
    embedder = load_embedder("onnx_minilm", weights_dir=None)
    for path in chosen.paraphrases:
        pairs = [pair for pair, _ in zip(read_pairs(path), range(chosen.limit), strict=False)]
        show(f"paraphrases: {path.name}, {len(pairs)} pairs", paraphrases_served(embedder, pairs), len(pairs))
    if chosen.intents:
        rows = read_intents(chosen.intents)[: chosen.limit]
        show(f"stream: {chosen.intents.name}, {len(rows)} texts", stream_served(embedder, rows), len(rows))


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The pairs of a file, those of its training split where it has splits."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    for line in text.splitlines():
        record = json.loads(line)
        if record.get("split", "train") == "train":
            yield record["original"], record["disfluent"]


def read_intents(path: Path) -> list[tuple[str, str]]:
    """The texts of a file with their categories, in an order that is shuffled and always the same."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    order = np.random.default_rng(20261124).permutation(len(rows))
    return [rows[index] for index in order]


def paraphrases_served(embedder: Embedder, pairs: Sequence[tuple[str, str]]) -> Served:
    """For each pair that the guards let pass: its similarity, and that it is right."""
    one, other = (embedder.embed(texts) for texts in zip(*pairs, strict=True))
    similarities = np.sum(one * other, axis=1)
    return [(float(s), True) for s, pair in zip(similarities, pairs, strict=True) if first_veto(*pair) is None]


def stream_served(embedder: Embedder, rows: Sequence[tuple[str, str]]) -> Served:
    """For each text, the nearest earlier one of the nearest few that no guard vetoes: similarity, same category."""
    vectors = embedder.embed([text for text, _ in rows])
    return [found for index in range(1, len(rows)) if (found := _served(rows, vectors, index)) is not None]


def _served(rows: Sequence[tuple[str, str]], vectors: NDArray[np.float32], index: int) -> tuple[float, bool] | None:
    similarities = vectors[:index] @ vectors[index]
    for near in np.argsort(-similarities)[:NEIGHBOURS]:
        if first_veto(rows[index][0], rows[near][0]) is None:
            return float(similarities[near]), rows[index][1] == rows[near][1]
    return None


def show(title: str, served: Served, asked: int) -> None:
    """One row a threshold: the share that hits, and the wrong among the hits."""
    sys.stdout.write(f"{title}\nthreshold  hit rate  wrong per hit\n")
    for threshold in THRESHOLDS:
        hits = [right for similarity, right in served if similarity >= threshold]
        wrong = hits.count(False) / len(hits) if hits else 0.0
        sys.stdout.write(f"{threshold:9.2f}  {len(hits) / asked:8.3f}  {wrong:13.3f}\n")


if __name__ == "__main__":
    main()
