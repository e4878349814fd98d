"""Trains the two rankers of sentences, one for prose and one for dialogues, over the features of the service."""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from ranker_items import Item, hotpot_items, meeting_items, squad_items
from ranker_learning import Data, Recipe, cross_validate, report, train

from compressor_service.dialogue import dialogue_features
from compressor_service.features import prose_features
from compressor_service.passages import Passages, read_passages
from compressor_service.similarity import Similarity, measure_similarity, silent
from compressor_service.static_embeddings import StaticEmbeddings, load_static_embeddings
from compressor_service.structure import parse
from compressor_service.tokens import TokenCounter
from compressor_service.units import build_units

SEED = 11
# The share of texts on which the static embeddings keep silent, as they do on languages that they do not know.
SILENT = 0.12
PROSE = Recipe(hidden=24, epochs=6, batch=64, rate=8e-3, decay=0.01, odds=0.5)
DIALOGUE = Recipe(hidden=2, epochs=12, batch=8, rate=5e-3, decay=0.05, odds=1.0)


def main() -> int:
    """Run the recipe: measure by cross-validation, then train on everything and write both rankers."""
    arguments = parse_arguments()
    torch.set_num_threads(1)
    reader = Reader(load_static_embeddings(arguments.out), random.Random(SEED), TokenCounter())
    dice = random.Random(SEED)
    prose = chain(*(squad_items(path, dice, share=0.75) for path in arguments.squad), hotpot_items(arguments.hotpotqa))
    for name, items, recipe in (("prose", prose, PROSE), ("dialogue", meeting_items(arguments.meetings), DIALOGUE)):
        if arguments.only not in {None, name}:
            continue
        data = collect(items, reader.prose if name == "prose" else reader.dialogue).without(arguments.without)
        print(
            f"{name}: {len(data.sizes):,} texts, {len(data.labels):,} sentences, {len(data.features)} features",
            flush=True,
        )
        if not arguments.no_cross_validation:
            print(report(data, cross_validate(data, recipe)), flush=True)
        target = arguments.out / f"{name}.npz"
        np.savez(target, **train(data, recipe))
        print(
            f"{target.stat().st_size:,} bytes  {hashlib.sha256(target.read_bytes()).hexdigest()}  {target.name}",
            flush=True,
        )
    write_manifest(arguments.out)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, nargs="+", required=True, help="train.jsonl.gz and train-extra.jsonl.gz")
    parser.add_argument("--hotpotqa", type=Path, required=True, help="sample.jsonl.gz; its dev part is left out")
    parser.add_argument("--meetings", type=Path, required=True, help="qmsum.jsonl.gz; only split = train is read")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder with static_embeddings.npz; the rankers go there"
    )
    parser.add_argument("--without", nargs="*", default=[], help="features to leave out, to see what they are worth")
    parser.add_argument("--only", choices=("prose", "dialogue"), help="train one of the two")
    parser.add_argument("--no-cross-validation", action="store_true")
    return parser.parse_args()


@dataclass
class Reader:
    """Computes the features of an item as the service does."""

    table: StaticEmbeddings
    dice: random.Random
    counter: TokenCounter
    last: tuple = ("", None, ())

    def prose(self, item: Item) -> tuple:
        """Return the features of a text's sentences, which are relevant, and their sizes in tokens."""
        passages = self._passages(item)
        return prose_features(passages, self._similarity(passages)), *_targets(passages, item)

    def dialogue(self, item: Item) -> tuple:
        """Return the same for the turns of a dialogue."""
        passages = self._passages(item)
        return dialogue_features(passages, self._similarity(passages)), *_targets(passages, item)

    def _similarity(self, passages: Passages) -> Similarity:
        return silent(passages) if self.dice.random() < SILENT else measure_similarity(passages, self.table)

    def _passages(self, item: Item) -> Passages:
        if self.last[0] != item.text:
            layout = parse(item.text)
            self.last = (item.text, layout, build_units(item.text, layout, count=self.counter.count))
        _, layout, units = self.last
        return read_passages(item.text, units, item.query, dialogue=layout.dialogue)


def _targets(passages: Passages, item: Item) -> tuple[np.ndarray, np.ndarray]:
    """Say how many relevant words each sentence holds (in prose 1: it answers or it does not), and its tokens."""
    relevant = np.zeros(len(item.text) + 1, dtype=bool)
    for start, end in item.relevant:
        relevant[start:end] = True
    held = np.array([relevant[unit.start : unit.end].any() for unit in passages.units], dtype=np.float64)
    words = passages.lengths if item.kind == "meeting" else 1.0
    return held * words, np.array([unit.tokens for unit in passages.units])


def collect(items: Iterable[Item], read: Callable[[Item], tuple]) -> Data:
    """Read all items that have a relevant sentence."""
    names: tuple[str, ...] = ()
    matrices, labels, tokens, kinds, groups = [], [], [], [], []
    for item in items:
        features, relevant, sizes = read(item)
        if relevant.any():
            names = tuple(features)
            matrices.append(np.stack(list(features.values()), axis=1).astype(np.float32))
            labels.append(relevant)
            tokens.append(sizes)
            kinds.append(item.kind)
            groups.append(item.group)
    sizes = np.array([len(one) for one in labels])
    return Data(names, np.concatenate(matrices), np.concatenate(labels), np.concatenate(tokens), sizes, kinds, groups)


def write_manifest(folder: Path) -> None:
    """Pin the bytes of everything that the service reads."""
    names = ("static_embeddings.npz", "vocabulary.txt", "prose.npz", "dialogue.npz")
    pinned = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / "manifest.json").write_text(json.dumps({"sha256": pinned}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
