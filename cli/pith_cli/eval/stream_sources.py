"""Reads the texts that streams are generated from, and those that they must not hold because models learnt from them."""

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pith_cli.eval.streams import StreamError

OUT_OF_SCOPE = "oos"
_CLINC = "clinc150/data_full.json.gz"
_LEARNT_JSONL = {
    "paraphrase/hwu64.jsonl.gz": ("text",),
    "paraphrase/disfl_qa.jsonl.gz": ("original", "disfluent"),
    "paraphrase/paws_wiki_dev.jsonl.gz": ("sentence1", "sentence2"),
}


@dataclass(frozen=True)
class Labelled:
    """A text of a data set with its intent, which is unique over the data sets."""

    text: str
    intent: str


def read_test_texts(folder: Path) -> list[Labelled]:
    """Return the test texts of CLINC150 and Banking77 that no model has learnt from, each once."""
    clinc = _clinc(folder)
    found = [Labelled(text, f"clinc:{intent}") for text, intent in clinc["test"]]
    found += [Labelled(text, OUT_OF_SCOPE) for text, _ in clinc["oos_test"]]
    found += read_banking(folder, "test")
    learnt = learnt_texts(folder)
    return list({normal(one.text): one for one in found if normal(one.text) not in learnt}.values())


def read_banking(folder: Path, *parts: str) -> list[Labelled]:
    """Return the texts of parts of Banking77, in the order of the files."""
    found: list[Labelled] = []
    for part in parts:
        with _existing(folder / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            found += [Labelled(" ".join(row["text"].split()), f"banking:{row['category']}") for row in rows]
    return found


def learnt_texts(folder: Path) -> frozenset[str]:
    """Return the normal form of every text that the embedder's training or the first evidence may have seen."""
    clinc = _clinc(folder)
    texts = [text for key in ("train", "oos_train") for text, _ in clinc[key]]
    texts += [one.text for one in read_banking(folder, "train")]
    for name, keys in _LEARNT_JSONL.items():
        texts += [record[key] for record in _records(folder / name) for key in keys]
    return frozenset(map(normal, texts))


def normal(text: str) -> str:
    """Return a text without case and punctuation, to tell whether two are the same words."""
    return " ".join(re.findall(r"[\w']+", text.lower()))


def _clinc(folder: Path) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = json.loads(gzip.decompress(_existing(folder / _CLINC).read_bytes()))
    return found


def _records(path: Path) -> Iterator[dict[str, Any]]:
    lines: Iterable[str] = gzip.decompress(_existing(path).read_bytes()).decode("utf-8").splitlines()
    yield from map(json.loads, lines)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise StreamError(f"{path} is missing: the folder must hold clinc150, banking77 and paraphrase")
    return path
