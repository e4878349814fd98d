"""Prints how many hits an error rate allows with each artefact, by cosine alone and with the guards, on streams of requests."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache_service.calibration import FLOOR
from cache_service.embedders import load_embedder
from cache_service.guards import first_veto

RATES = (0.01, 0.02, 0.03, 0.05)
NEAREST = 4


def main() -> int:
    """Compare all artefacts on all streams."""
    arguments = parse_arguments()
    for file in arguments.streams:
        stream = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()][: arguments.limit]
        texts, answers = [row["text"] for row in stream], [row["answer_id"] for row in stream]
        vetoes: dict[tuple[str, str], bool] = {}
        for folder in arguments.weights:
            vectors = load_embedder("onnx_minilm", weights_dir=folder).embed(texts)
            for guarded in (False, True):
                found = candidates(texts, answers, vectors, vetoes if guarded else None)
                shares = "  ".join(f"{rate:.0%} {best_hits(found, rate) / len(texts):.3f}" for rate in RATES)
                print(
                    f"{file.stem} n={len(texts)}  {folder.name}  {'guards' if guarded else 'cosine'}  {shares}",
                    flush=True,
                )
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=Path, nargs="+", required=True, help="JSON lines with text and answer_id")
    parser.add_argument("--weights", type=Path, nargs="+", required=True, help="folders with an artefact each")
    parser.add_argument("--limit", type=int, default=None, help="only the first lines of each stream")
    return parser.parse_args()


def candidates(
    texts: Sequence[str],
    answers: Sequence[str],
    vectors: NDArray[np.float32],
    vetoes: dict[tuple[str, str], bool] | None,
) -> list[tuple[float, bool]]:
    """For each request that has a candidate among all earlier ones: how near it is, and whether it is wrong."""
    found = []
    for place in range(1, len(texts)):
        similar = vectors[:place] @ vectors[place]
        for at in np.argsort(-similar)[:NEAREST]:
            if similar[at] < FLOOR:
                break
            if vetoes is None or not _vetoed(vetoes, texts[place], texts[at]):
                found.append((float(similar[at]), answers[at] != answers[place]))
                break
    return found


def _vetoed(vetoes: dict[tuple[str, str], bool], one: str, other: str) -> bool:
    if (one, other) not in vetoes:
        vetoes[one, other] = one != other and first_veto(one, other) is not None
    return vetoes[one, other]


def best_hits(found: Sequence[tuple[float, bool]], rate: float) -> int:
    """The most hits that a threshold gives whose wrong share is at most this rate."""
    wrong = np.cumsum([is_wrong for _, is_wrong in sorted(found, reverse=True)])
    allowed = np.flatnonzero(wrong <= rate * np.arange(1, len(found) + 1))
    return int(allowed[-1]) + 1 if allowed.size else 0


if __name__ == "__main__":
    sys.exit(main())
