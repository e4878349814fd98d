"""Sentence scores against a question, or without one: by the learnt ranker, or by rules that need no weights."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from compressor_service.dialogue import density, dialogue_features
from compressor_service.features import prose_features
from compressor_service.occurrences import Floats
from compressor_service.passages import Passages, read_passages
from compressor_service.prior import prior
from compressor_service.ranker import Ranker, load_ranker
from compressor_service.rules import rule_scores
from compressor_service.similarity import measure_similarity
from compressor_service.static_embeddings import StaticEmbeddings, load_static_embeddings
from compressor_service.units import Unit

SHIPPED_WEIGHTS = Path(__file__).with_name("weights") / "relevance"

_PRIOR_WEIGHT = 0.02
# In a dialogue, what a turn says itself counts this much beside the stretch that it stands in.
_ANSWER_SHARE = 0.2
# A sentence that limits the one before it follows it at this share of its score.
_LIMIT_WEIGHT = 0.6
_LIMIT = re.compile(
    r"(?:however|but|except|unless|otherwise|nevertheless|this (?:does|is|was|did) not|that (?:does|is) not|exceptions?\b"
    r"|jedoch|allerdings|ausnahme|ausgenommen|dies gilt nicht|das gilt nicht|sofern|es sei denn"
    r"|cependant|toutefois|sauf|sin embargo|excepto|salvo|tuttavia|però)\b",
    re.IGNORECASE,
)


class WeightsError(Exception):
    """A shipped file of the scorer is damaged or not the one that belongs to the others."""


class Scorer(Protocol):
    """Scores every unit of a text against a query; higher is kept first."""

    def __call__(self, text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
        """Return one score a unit."""


def score_units(text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
    """Score every selectable unit between 0 and about 1 by rules alone; the others get 0.

    Without a query, or when no word of it occurs, what counts is how central a unit is and where it stands.
    """
    passages = read_passages(text, units, query, dialogue=dialogue)
    return _placed(units, _score(passages, rule_scores(passages, dialogue=dialogue)))


@dataclass(frozen=True)
class LearnedScorer:
    """Scores by static embeddings and boosted trees: the logistic of what the trees say, between 0 and 1."""

    table: StaticEmbeddings
    prose: Ranker
    dialogue: Ranker

    def __call__(self, text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
        """Return one score a unit; without a query, or when no word of it occurs, the prior of `score_units`."""
        passages = read_passages(text, units, query, dialogue=dialogue)
        return _placed(units, _score(passages, self._asked(passages, dialogue=dialogue)))

    def _asked(self, passages: Passages, *, dialogue: bool) -> Floats:
        if not passages.asked:
            return np.zeros(passages.size)
        similarity = measure_similarity(passages, self.table)
        scores = _logistic(self.prose.score(prose_features(passages, similarity)))
        if not dialogue:
            return scores
        # A stretch is about the subject; a turn in it, or elsewhere, can be the answer itself.
        stretches = _logistic(self.dialogue.score(dialogue_features(passages, similarity)) + density(passages))
        return (1 - _ANSWER_SHARE) * stretches + _ANSWER_SHARE * scores


def load_scorer(folder: Path = SHIPPED_WEIGHTS) -> LearnedScorer:
    """Read the shipped table and both rankers, refusing other bytes than the manifest's; one scorer serves all threads."""
    for name, expected in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"].items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            raise WeightsError(
                f"{folder / name} is not the file that manifest.json names: sha256 differs from {expected}"
            )
    return LearnedScorer(
        load_static_embeddings(folder), load_ranker(folder / "prose.npz"), load_ranker(folder / "dialogue.npz")
    )


def _score(passages: Passages, asked: Floats) -> Floats:
    """Join what was asked for with the prior, which decides alone where nothing was."""
    if not asked.any():
        return prior(passages)
    return _limits(passages, asked) + _PRIOR_WEIGHT * prior(passages)


def _limits(passages: Passages, scores: Floats) -> Floats:
    """Raise a sentence that limits its predecessor ("However, ...") towards the predecessor's score."""
    raised = scores.copy()
    for index in range(1, passages.size):
        before, unit = passages.units[index - 1], passages.units[index]
        near = unit.block - before.block <= 1 and unit.kind is before.kind
        if near and _LIMIT.match(passages.text, unit.start, unit.end):
            raised[index] = max(raised[index], _LIMIT_WEIGHT * scores[index - 1])
    return raised


def _logistic(scores: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-scores))


def _placed(units: Sequence[Unit], scores: Floats) -> list[float]:
    """Give every unit its score, 0 to those that cannot be chosen."""
    rest = iter(scores.tolist())
    return [round(next(rest), 6) if unit.selectable else 0.0 for unit in units]
