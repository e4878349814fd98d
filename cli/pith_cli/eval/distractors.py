"""Chooses the paragraphs among which an answer's paragraph is hidden; pure."""

import random
from collections.abc import Sequence
from enum import StrEnum

from pith_cli.eval.samples import AnswerSample, SampleError

_SEED = 20240611


class Source(StrEnum):
    """Where the other paragraphs come from."""

    OTHER = "other"
    SAME = "same"
    NONE = "none"


class Paragraphs:
    """All paragraphs of a data set, by article."""

    def __init__(self, samples: Sequence[AnswerSample]) -> None:
        by_context = {sample.context: sample.article for sample in samples}
        self._all = list(by_context.items())
        self._by_article: dict[str, list[str]] = {}
        for context, article in self._all:
            self._by_article.setdefault(article, []).append(context)

    def around(self, sample: AnswerSample, *, line: int, source: Source, count: int) -> list[str]:
        """Return the sample's paragraph at a place drawn by chance among others; the same for the same line."""
        rng = random.Random(f"{_SEED}:{source}:{line}")  # noqa: S311  -- made to be repeated
        others = self._others(sample, source, line)
        chosen = rng.sample(others, min(count, len(others))) if source is not Source.NONE else []
        chosen.insert(rng.randint(0, len(chosen)), sample.context)
        return chosen

    def _others(self, sample: AnswerSample, source: Source, line: int) -> list[str]:
        if source is Source.SAME:
            if not sample.article:
                raise SampleError(f"line {line}: missing key article: needed for paragraphs of the same article")
            return [context for context in self._by_article[sample.article] if context != sample.context]
        return [
            context
            for context, article in self._all
            if context != sample.context and (not sample.article or article != sample.article)
        ]
