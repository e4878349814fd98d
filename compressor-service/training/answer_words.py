"""Recipe for weights/answer_words.npz: which words of a sentence answer a question.

Usage: python training/answer_words.py DATA_FOLDER OUT.npz [--questions N]

DATA_FOLDER holds squad/train.jsonl.gz and squad/train-extra.jsonl.gz. Needs catboost beside the service's own packages.
A word is right when it lies in an answer. Half of the questions are asked of their paragraph alone, the others of two to
four paragraphs; the sentences are cut, scored and read as the service does it. One thread, fixed seeds.
"""

import argparse
import gzip
import json
import random
import re
from pathlib import Path

import numpy as np
from catboost import CatBoostClassifier

from compressor_service.cutting import Source, prepare
from compressor_service.hybrid import READ
from compressor_service.pacing import StageClock
from compressor_service.relevance import Scorer, load_scorer
from compressor_service.tokens import TokenCounter
from compressor_service.word_features import word_features
from compressor_service.word_values import find_tokens

_TREES = {
    "iterations": 150,
    "depth": 6,
    "learning_rate": 0.15,
    "border_count": 64,
    "random_seed": 1,
    "thread_count": 1,
    "verbose": 50,
    "allow_writing_files": False,
}
_SEED = 5

Row = dict


def read_rows(path: Path) -> list[Row]:
    """Read one file of questions."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def answers_in(row: Row) -> list[tuple[int, int]]:
    """Return where the answers stand in the paragraph."""
    if row["answer_starts"]:
        pairs = zip(row["answer_starts"], row["answers"], strict=True)
        return [(start, start + len(text)) for start, text in pairs]
    return [found.span() for text in row["answers"] for found in [re.search(re.escape(text), row["context"])] if found]


def mix_paragraphs(row: Row, others: list[str], chance: random.Random) -> tuple[str, list[tuple[int, int]]]:
    """Put the paragraph among others, or leave it alone; return the text and the answers in it."""
    paragraphs = chance.sample(others, min(chance.choice([1, 2, 3]), len(others))) if chance.random() < 0.5 else []
    paragraphs = [other for other in paragraphs if other != row["context"]]
    place = chance.randint(0, len(paragraphs))
    start = sum(len(other) + 2 for other in paragraphs[:place])
    text = "\n\n".join([*paragraphs[:place], row["context"], *paragraphs[place:]])
    return text, [(first + start, after + start) for first, after in answers_in(row)]


def features_of(
    text: str, answers: list[tuple[int, int]], question: str, scorer: Scorer, counter: TokenCounter
) -> tuple:
    """Return the features of the words that the service would read, and which of them are right."""
    prepared = prepare(Source(text, counter.count(text), question), count=counter.count, clock=StageClock(1e9))
    units = prepared.units
    scores = scorer(text, units, question)
    free = [index for index, unit in enumerate(units) if unit.selectable]
    read = sorted(sorted(free, key=lambda index: -scores[index])[:READ])
    tokens = [find_tokens(text, [units[index]])[0] for index in read]
    words = [[text[start:end] for start, end in own] for own in tokens]
    columns = word_features(words, [scores[index] for index in read], question)
    right = [any(start < last and end > first for first, last in answers) for own in tokens for start, end in own]
    return columns, np.array(right)


def build(rows: list[Row], seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the names of the features, the features of all questions, and the labels."""
    chance = random.Random(seed)
    counter, scorer = TokenCounter(), load_scorer()
    by_article: dict = {}
    for row in rows:
        by_article.setdefault(row["article"], {})[row["context"]] = None
    pools = {article: list(contexts) for article, contexts in by_article.items()}
    matrices, labels, names = [], [], []
    for row in rows:
        text, answers = mix_paragraphs(row, pools[row["article"]], chance)
        columns, right = features_of(text, answers, row["question"], scorer, counter)
        names = list(columns)
        matrices.append(np.stack(list(columns.values()), axis=1).astype(np.float32))
        labels.append(right)
    return names, np.concatenate(matrices), np.concatenate(labels)


def export(model: CatBoostClassifier, names: list[str], path: Path) -> None:
    """Write the trees as the arrays that `load_trees` reads."""
    with_json = path.with_suffix(".json")
    model.save_model(str(with_json), format="json")
    trees = json.loads(with_json.read_text())
    with_json.unlink()
    depth = model.get_param("depth")
    columns = np.zeros((len(trees["oblivious_trees"]), depth), dtype=np.int16)
    borders = np.full(columns.shape, np.inf, dtype=np.float32)
    leaves = np.zeros((len(columns), 2**depth), dtype=np.float32)
    scale, (bias,) = trees["scale_and_bias"]
    for number, tree in enumerate(trees["oblivious_trees"]):
        for level, split in enumerate(tree["splits"]):
            columns[number, level] = split["float_feature_index"]
            borders[number, level] = split["border"]
        values = np.array(tree["leaf_values"]) * scale
        leaves[number, : len(values)] = values
    leaves[0] += bias
    np.savez_compressed(path, features=np.array(names), columns=columns, borders=borders, leaves=leaves)


def main() -> None:
    """Train and write the artefact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=int, default=7_000)
    asked = parser.parse_args()
    rows = read_rows(asked.data / "squad" / "train.jsonl.gz") + read_rows(asked.data / "squad" / "train-extra.jsonl.gz")
    chosen = random.Random(_SEED).sample(rows, min(asked.questions, len(rows)))
    names, matrix, labels = build(chosen, _SEED)
    print(f"{len(chosen)} questions, {len(labels)} words, {labels.mean():.4f} of them right")
    model = CatBoostClassifier(**_TREES).fit(matrix, labels)
    importance = sorted(zip(model.get_feature_importance(), names, strict=True), reverse=True)
    print(", ".join(f"{name} {value:.1f}" for value, name in importance))
    export(model, names, asked.out)


if __name__ == "__main__":
    main()
