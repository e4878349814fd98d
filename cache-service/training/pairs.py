"""Builds the training triples (text, same meaning, near miss) from the training splits of public data sets."""

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from near_misses import near_miss
from numpy.typing import NDArray
from rewrites import rewrite

from cache_service.guards import first_veto

HELD_OUT_EVERY = 6  # each sixth intent, by name, is kept for choosing between weights
NEAR = 12  # how many neighbours of one intent count as rewordings of each other
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Triple:
    """An anchor, a text that means the same and one that does not; texts of one group are never each other's negatives."""

    anchor: str
    same: str
    other: str
    group: str


@dataclass(frozen=True)
class Question:
    """A text with the intent that its source gives it."""

    text: str
    intent: str


def questions(data: Path, *, banking77: bool = False) -> list[Question]:
    """The training questions of CLINC150 and HWU64, of Banking77 only when asked for."""
    with gzip.open(data / "clinc150/data_full.json.gz", "rt", encoding="utf-8") as file:
        found = [Question(text, f"clinc {intent}") for text, intent in json.load(file)["train"]]
    found += [
        Question(row["text"], f"hwu {row['intent']}")
        for row in rows(data / "paraphrase/hwu64.jsonl.gz")
        if row["split"] == "train"
    ]
    if banking77:
        with (data / "banking77/train.csv").open(encoding="utf-8", newline="") as file:
            found += [Question(row["text"], f"banking {row['category']}") for row in csv.DictReader(file)]
    return found


def split(found: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """The questions to learn from, and those of the intents held out."""
    held = set(sorted({question.intent for question in found})[::HELD_OUT_EVERY])
    return [q for q in found if q.intent not in held], [q for q in found if q.intent in held]


def rows(file: Path) -> Iterator[dict[str, str]]:
    """The objects of a packed JSON-lines file."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def edited(texts: Sequence[str], count: int, rng: random.Random) -> list[Triple]:
    """A question, a rewrite of it, and a near miss of it."""
    found = []
    for number in range(count):
        anchor, other = near_miss(rng.choice(texts), rng)
        # Now and then the near miss is rewritten too, so that rewriting alone says nothing.
        other = rewrite(other, rng) if rng.random() < 0.3 else other
        found.append(Triple(anchor, rewrite(anchor, rng), other, f"edit {number}"))
    return found


def disfluent(data: Path, rng: random.Random) -> list[Triple]:
    """A question, the same one by a hesitant speaker, and a near miss."""
    return [
        Triple(anchor, row["disfluent"], other, f"disfl {row['id']}")
        for row in rows(data / "paraphrase/disfl_qa.jsonl.gz")
        if row["split"] == "train"
        for anchor, other in [near_miss(row["original"], rng)]
        if anchor == row["original"]
    ]


def scrambled(data: Path, count: int, rng: random.Random) -> list[Triple]:
    """Sentences of the same words: one pair in two means the same. The last thousand pairs are held out."""
    found = []
    for row in list(rows(data / "paraphrase/paws_wiki_dev.jsonl.gz"))[:-1000]:
        one, other = row["sentence1"], row["sentence2"]
        group = f"paws {row['id']}"
        if int(row["label"]):
            anchor, wrong = near_miss(one, rng)
            if anchor == one:
                found.append(Triple(one, other, wrong, group))
        else:
            found.append(Triple(one, rewrite(one, rng), other, group))
    return rng.sample(found, min(count, len(found)))


def neighbours(
    learnt: Sequence[Question], embed: Callable[[Sequence[str]], Vectors], count: int, rng: random.Random
) -> list[Triple]:
    """A question, a near one of its intent that no guard parts from it, and the nearest of the other intents."""
    chosen = rng.sample(list(learnt), min(len(learnt), 9_000))
    vectors = embed([question.text for question in chosen])
    found = []
    for start in range(0, len(chosen), 500):
        similar = vectors[start : start + 500] @ vectors.T
        for place, row in enumerate(similar, start):
            found += _around(chosen, place, np.argsort(-row)[:60], rng)
    return rng.sample(found, min(count, len(found)))


def _around(chosen: Sequence[Question], place: int, order: NDArray[np.int64], rng: random.Random) -> list[Triple]:
    mine = chosen[place]
    others = [chosen[int(near)] for near in order if int(near) != place]
    same = [q for q in others if q.intent == mine.intent and first_veto(q.text, mine.text) is None][:NEAR]
    wrong = [q for q in others if q.intent != mine.intent][:3]
    if not same or not wrong:
        return []
    return [Triple(mine.text, rng.choice(same).text, rng.choice(wrong).text, mine.intent)]


def counts(triples: Sequence[Triple]) -> dict[str, int]:
    """How many triples come from each source."""
    found: dict[str, int] = defaultdict(int)
    for triple in triples:
        found[triple.group.split()[0]] += 1
    return dict(found)
