"""Replays training questions through the shipped embedder and the guards, and writes what came of it as starting evidence."""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from near_misses import near_miss
from numpy.typing import NDArray
from pairs import questions, rows
from rewrites import rewrite

from cache_service import collision
from cache_service.calibration import FLOOR, Evidence, Support, encode, no_evidence, observed, seen
from cache_service.candidates import SUPPORT_WITHIN
from cache_service.embedders import load_embedder
from cache_service.guards import first_veto

SEED = 20261125
NEAREST = 4
SOURCES = ("clinc", "hwu")
QUESTIONS = 3_000  # of them every one is asked once; the rest of the stream are edits of these
REPEATED, REWRITTEN, NEAR_MISSES = 0.05, 0.15, 0.10


@dataclass(frozen=True)
class Request:
    """A text and the name of its answer."""

    text: str
    answer: str


def main() -> int:
    """Build the stream, replay it, write the evidence."""
    arguments = parse_arguments()
    rng = random.Random(SEED)
    embedder = load_embedder("onnx_minilm", weights_dir=arguments.weights)
    evidence = no_evidence()
    for source in SOURCES:
        # One stream each: two data sets have one meaning under two names.
        stream = build_stream(arguments.data, source, rng)
        found = replay(stream, embedder.embed([request.text for request in stream]))
        wrong, checked = float(found.wrong.sum()), float(found.checked.sum())
        print(f"{source}: {len(stream):,} requests, {checked:,.0f} candidates, {wrong:,.0f} of them wrong", flush=True)
        evidence += found
    arguments.out.write_bytes(encode(evidence))
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinc150 and paraphrase")
    parser.add_argument("--weights", type=Path, default=None, help="the artefact; without it, the shipped one")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, evidence.bin beside the weights")
    return parser.parse_args()


def build_stream(data: Path, source: str, rng: random.Random) -> list[Request]:
    """Questions of one data set by intent, repeats, rewrites and near misses of some, and unrelated ones, mixed."""
    known = [question for question in questions(data) if question.intent.startswith(source)]
    asked = [Request(question.text, question.intent) for question in rng.sample(known, QUESTIONS)]
    stream = list(asked)
    for request in asked:
        chance = rng.random()
        if chance < REPEATED:
            stream.append(request)
        elif chance < REPEATED + REWRITTEN:
            stream.append(Request(rewrite(request.text, rng), request.answer))
        elif chance < REPEATED + REWRITTEN + NEAR_MISSES:
            anchor, other = near_miss(request.text, rng)
            if anchor == request.text:  # not where the question had to be lengthened first
                stream.append(Request(other, f"{request.answer} {other}"))
    for row in rows(data / "paraphrase/disfl_qa.jsonl.gz"):
        if row["split"] == "train" and rng.random() < NEAR_MISSES:
            stream += [Request(row["original"], row["id"]), Request(row["disfluent"], row["id"])]
    rng.shuffle(stream)
    return stream


def replay(stream: Sequence[Request], vectors: NDArray[np.float32]) -> Evidence:
    """Look each request up among all before it, as the service does, and count whether the candidate was right."""
    evidence = no_evidence()
    for place in range(1, len(stream)):
        similar = vectors[:place] @ vectors[place]
        order = [int(at) for at in np.argsort(-similar)[:NEAREST]]
        found = candidate(stream, place, order, similar)
        if found is not None:
            support = support_of(stream, (place, found), order, similar)
            nearness = float(similar[found])
            wrong = stream[found].answer != stream[place].answer
            evidence += seen(nearness, support=support) + observed(nearness, wrong=wrong, support=support)
    return evidence


def candidate(stream: Sequence[Request], place: int, order: Sequence[int], similar: NDArray[np.float32]) -> int | None:
    """The nearest that nothing forbids; a request already asked word for word is an exact hit and no candidate."""
    text = stream[place].text
    for at in order:
        if stream[at].text == text or similar[at] < FLOOR:
            return None
        if first_veto(text, stream[at].text) is None and not collision.difference(
            text, stream[at].text, float(similar[at])
        ):
            return at
    return None


def support_of(
    stream: Sequence[Request], pair: tuple[int, int], order: Sequence[int], similar: NDArray[np.float32]
) -> Support:
    """What the other near ones say of the candidate, by the rule of the service."""
    place, found = pair
    support = Support.ALONE
    for at in order:
        if at == found or similar[at] < similar[found] - SUPPORT_WITHIN:
            continue
        if stream[at].answer == stream[found].answer:
            support = Support.AGREED
        elif first_veto(stream[place].text, stream[at].text) is None:
            return Support.DISPUTED
    return support


if __name__ == "__main__":
    sys.exit(main())
