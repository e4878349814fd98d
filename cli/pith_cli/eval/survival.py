"""Whether what must survive did: an answer, whole sentences, or a share of words; pure."""

import re
from collections.abc import Sequence

from pith_cli.eval.trials import Range, Trial

_SPACE = re.compile(r"\s+")


class Survival:
    """Looks in the outputs of one text for what must survive."""

    def __init__(self, trial: Trial, words: Sequence[Range]) -> None:
        original = _normal(trial.text) if trial.answers else ""
        self._answers = [(answer, _run(answer, original)) for answer in map(_normal, trial.answers)]
        self._whole = words_in(trial.whole, words)
        self._wanted = [index for group in words_in(trial.wanted, words) for index in group]

    @property
    def nothing_to_lose(self) -> bool:
        """Whether the text holds nothing that must survive."""
        return not (self._answers or any(self._whole) or self._wanted)

    def share(self, kept: Sequence[bool], output: str) -> float:
        """Return 1 or 0, or for wanted words the share that is left."""
        if self._answers:
            return float(self._has_answer(_normal(output)))
        if self._wanted:
            return sum(kept[index] for index in self._wanted) / len(self._wanted)
        return float(all(kept[index] for group in self._whole for index in group))

    def _has_answer(self, output: str) -> bool:
        return any(answer in output and (run is None or bool(run.search(output))) for answer, run in self._answers)


def words_in(ranges: Sequence[Range], words: Sequence[Range]) -> list[range]:
    """Return which words lie in each of the ranges, which are in order and disjoint."""
    groups: list[range] = []
    at = 0
    for start, end in ranges:
        while at < len(words) and words[at][1] <= start:
            at += 1
        first = at
        while at < len(words) and words[at][0] < end:
            at += 1
        groups.append(range(first, at))
    return groups


def _normal(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


def _run(answer: str, original: str) -> re.Pattern[str] | None:
    """Return the pattern of an answer as whole words; None for one that is but a part of a word ("1960" of "1960s")."""
    run = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)")
    return run if run.search(original) else None
