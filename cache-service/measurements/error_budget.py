"""Plays streams of questions through the calibrator and prints what it serves, rightly and wrongly, under each budget.

Usage: python cache-service/measurements/error_budget.py --stream FILE [--evidence FILE] [--seeds 1,2] [--budgets .02,.03]

`--stream`: CSV with `text,category`, JSON lines (also .gz) with `text,intent`, or JSON of lists of [text, intent] of
which the key `train` is read. Texts of one intent share an answer. They arrive one after the other: what misses is
stored, what hits is not, a share of the hits is checked, and all that is near and not served is learnt from. Nothing but
the store and the wire is left out: guards, collision check, support and calibration are the service's.
"""

# ruff: noqa: INP001  # a script, not a package

import argparse
import csv
import gzip
import json
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache_service import collision
from cache_service.calibration import FLOOR, Calibration, Evidence, Support, cell, decode, no_evidence
from cache_service.calibrations import SHIPPED, STARTING_EVIDENCE, STARTING_WORTH
from cache_service.candidates import SUPPORT_WITHIN
from cache_service.embedders import load_embedder
from cache_service.guards import first_veto

NEIGHBOURS = 4
# How many requests pass between two readings of the evidence.
READ_EVERY = 50

Near = list[tuple[int, float]]


@dataclass
class Stream:
    """Texts in the order of their arrival, with their answers and vectors."""

    texts: list[str]
    answers: list[str]
    vectors: NDArray[np.float32]
    passed: dict[tuple[int, int], bool] = field(default_factory=dict)

    @cached_property
    def exact(self) -> list[int]:
        """For each text the first one that reads the same."""
        first: dict[str, int] = {}
        return [first.setdefault(text, index) for index, text in enumerate(self.texts)]

    def passes(self, index: int, other: int, similarity: float) -> bool:
        """Whether no guard objects."""
        if (index, other) not in self.passed:
            one, two = self.texts[index], self.texts[other]
            odd = collision.difference(one, two, similarity) is not None
            self.passed[index, other] = not odd and first_veto(one, two) is None
        return self.passed[index, other]

    def support(self, index: int, candidate: tuple[int, float], near: Near) -> Support:
        """What the other near ones say of the candidate."""
        support = Support.ALONE
        for other, similarity in near:
            if other == candidate[0] or similarity < candidate[1] - SUPPORT_WITHIN:
                continue
            if self.answers[other] == self.answers[candidate[0]]:
                support = Support.AGREED
            elif self.passes(index, other, similarity):
                return Support.DISPUTED
        return support


@dataclass
class Stored:
    """What has been stored so far, with its vectors in one matrix."""

    matrix: NDArray[np.float32]
    places: list[int] = field(default_factory=list)

    def add(self, index: int, vector: NDArray[np.float32]) -> None:
        """Stores one."""
        self.matrix[len(self.places)] = vector
        self.places.append(index)

    def nearest(self, vector: NDArray[np.float32]) -> Near:
        """The nearest ones."""
        similarities = self.matrix[: len(self.places)] @ vector
        order = np.argsort(-similarities)[:NEIGHBOURS]
        return [(self.places[place], float(similarities[place])) for place in order]


def main() -> None:
    """Reads the files named on the command line and prints one row a seed and budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stream", type=Path, required=True)
    parser.add_argument("--evidence", type=Path, default=SHIPPED / STARTING_EVIDENCE)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--budgets", default=".02,.03,.05")
    parser.add_argument("--shadow-rate", type=float, default=0.05)
    chosen = parser.parse_args()
    texts, answers = zip(*read_rows(chosen.stream), strict=True)
    embedder = load_embedder("onnx_minilm", weights_dir=None)
    vectors = np.concatenate([embedder.embed([text]) for text in texts])
    starting = decode(chosen.evidence.read_bytes()).worth(STARTING_WORTH)
    sys.stdout.write(f"{chosen.stream.name}\nseed  budget  hit rate  wrong per hit  second half\n")
    for seed in map(int, chosen.seeds.split(",")):
        order = np.random.default_rng(seed).permutation(len(texts))[: chosen.limit]
        stream = Stream([texts[i] for i in order], [answers[i] for i in order], vectors[order])
        for budget in map(float, chosen.budgets.split(",")):
            served = play(stream, budget, starting, shadow_rate=chosen.shadow_rate)
            show(seed, budget, served, len(order))


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Texts with their intents, those of the training split where there are splits."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = raw.decode("utf-8")
    if ".jsonl" in path.suffixes:
        rows = [json.loads(line) for line in text.splitlines()]
        return [(row["text"], row["intent"]) for row in rows if row.get("split", "train") == "train"]
    if ".json" in path.suffixes:
        return [(row[0], row[1]) for row in json.loads(text)["train"]]
    return [(row["text"], row["category"]) for row in csv.DictReader(text.splitlines(keepends=True))]


def play(stream: Stream, budget: float, starting: Evidence, *, shadow_rate: float) -> list[tuple[int, bool]]:
    """The place of every hit, and whether it was right."""
    draw, own, stored = np.random.default_rng(0), no_evidence(), Stored(np.empty_like(stream.vectors))
    kept, served = set[int](), list[tuple[int, bool]]()
    calibration = Calibration(starting)
    for index, answer in enumerate(stream.answers):
        if index % READ_EVERY == 0:
            calibration = Calibration(starting + own)
        if stream.exact[index] in kept:
            served.append((index, stream.answers[stream.exact[index]] == answer))
            continue
        near = stored.nearest(stream.vectors[index])
        candidate = next((one for one in near if one[1] >= FLOOR and stream.passes(index, *one)), None)
        if candidate is not None:
            support = stream.support(index, candidate, near)
            right = stream.answers[candidate[0]] == answer
            own.seen[cell(candidate[1], support)] += 1
            if calibration.bound(candidate[1], support) <= budget and draw.random() >= shadow_rate:
                served.append((index, right))
                continue
            own.checked[cell(candidate[1], support)] += 1
            own.wrong[cell(candidate[1], support)] += not right
        stored.add(index, stream.vectors[index])
        kept.add(index)
    return served


def show(seed: int, budget: float, served: list[tuple[int, bool]], asked: int) -> None:
    """One row."""
    late = [right for index, right in served if index >= asked // 2]
    wrong = [right for _, right in served].count(False)
    sys.stdout.write(
        f"{seed:4d}  {budget:6.2f}  {len(served) / asked:8.3f}  {wrong / max(1, len(served)):13.4f}"
        f"  {len(late) / (asked - asked // 2):.3f} / {late.count(False) / max(1, len(late)):.4f}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
