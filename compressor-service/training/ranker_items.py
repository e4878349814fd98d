"""Questions with texts and the places that answer them: what the ranker learns from."""

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# How many other paragraphs stand around the one that answers; most often five.
OTHERS = (2, 5, 5, 5, 9)
# The share of texts whose paragraphs stand under headings.
HEADED = 0.25


@dataclass(frozen=True)
class Item:
    """A text, a question, and the ranges of the text that answer it; `group` keeps what belongs together together."""

    kind: str
    group: str
    text: str
    query: str
    relevant: tuple[tuple[int, int], ...]


def read_rows(path: Path) -> list[dict]:
    """Read a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def squad_items(path: Path, dice: random.Random, *, share: float) -> Iterator[Item]:
    """Put each question's paragraph alone, or among others of its article, or among others of other articles."""
    rows = read_rows(path)
    paragraphs = {row["paragraph_id"]: row for row in rows}
    by_article: dict[str, list[dict]] = {}
    for row in paragraphs.values():
        by_article.setdefault(row["article"] or "", []).append(row)
    for row in rows:
        if dice.random() >= share:
            continue
        # Where articles are not known, every other paragraph may be of the same one.
        kind = dice.choice(("other", "same", "none") if row["article"] else ("other", "other", "none"))
        others = _others(row, kind, by_article, list(paragraphs.values()), dice)
        yield _squad_item(row, kind, others, dice)


def _others(
    row: dict, kind: str, by_article: dict[str, list[dict]], everything: list[dict], dice: random.Random
) -> list[dict]:
    wanted = dice.choice(OTHERS)
    if kind == "none":
        return []
    if kind == "same":
        pool = [one for one in by_article[row["article"]] if one["paragraph_id"] != row["paragraph_id"]]
        return dice.sample(pool, min(wanted, len(pool)))
    found: list[dict] = []
    while len(found) < wanted:
        one = dice.choice(everything)
        if one["paragraph_id"] != row["paragraph_id"] and (one["article"] is None or one["article"] != row["article"]):
            found.append(one)
    return found


def _squad_item(row: dict, kind: str, others: list[dict], dice: random.Random) -> Item:
    paragraphs = [row, *others]
    dice.shuffle(paragraphs)
    headed = row["article"] is not None and dice.random() < HEADED
    text, offset = "", 0
    for number, one in enumerate(paragraphs):
        text += "\n\n" if number else ""
        text += f"# {one['article'].replace('_', ' ')}\n" if headed else ""
        offset = len(text) if one is row else offset
        text += one["context"]
    starts = row["answer_starts"] or [row["context"].find(answer) for answer in row["answers"]]
    found = [(offset + start, offset + start + 1) for start in starts if start >= 0]
    return Item(kind, row["article"] or "", text, row["question"], tuple(found))


def hotpot_items(path: Path) -> Iterator[Item]:
    """Put the paragraphs of each question under their titles; the dev part stays out."""
    for row in read_rows(path):
        if int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 5 == 0:
            continue
        supporting = {(title, number) for title, number in row["supporting_facts"]}
        text = ""
        found = []
        for title, sentences in row["contexts"]:
            text += ("\n\n" if text else "") + f"# {title}\n"
            for number, sentence in enumerate(sentences):
                bare = sentence.lstrip()
                text += " " if number and bare != sentence else ""
                if (title, number) in supporting and bare:
                    found.append((len(text), len(text) + 1))
                text += bare
        yield Item("hotpot", row["id"], text, row["question"], tuple(found))


def meeting_items(path: Path) -> Iterator[Item]:
    """Put the turns of each training meeting as "Speaker: text" lines, with each question about a part of it."""
    for row in read_rows(path):
        if row["split"] != "train":
            continue
        text, turns = "", []
        for speaker, said in row["turns"]:
            text += ("\n" if text else "") + f"{speaker}: "
            turns.append((len(text), len(text) + len(said)))
            text += said
        for query in row["queries"]:
            if query["kind"] == "specific":
                relevant = [turns[turn] for first, last in query["relevant_spans"] for turn in range(first, last + 1)]
                yield Item("meeting", str(row["group"]), text, query["query"], tuple(relevant))
