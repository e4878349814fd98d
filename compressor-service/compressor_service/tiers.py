"""The engines of this server, the names of their versions, and the steps down from each of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from compressor_service.engines import WordScorer
from compressor_service.pacing import LOSSLESS, SENTENCES, TIERS
from compressor_service.policy import Profile, Rules
from compressor_service.relevance import Scorer, score_units

# What sentences cost together with the words of short dense text, beside sentences alone.
SENTENCES_AND_WORDS = "sentences+words"


@dataclass(frozen=True)
class Step:
    """One way to cut a text: the engine that the reply names, what it needs, and under which name its cost is known."""

    engine: str
    cost: str
    words: WordScorer | None = None


@dataclass(frozen=True)
class Engines:
    """What scores sentences and words here; `fingerprint` names the version of everything but the word engines."""

    fingerprint: str = "unversioned"
    score: Scorer = score_units
    words: Mapping[str, WordScorer] = field(default_factory=dict)
    word_engine: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The engines that a request may name, from the highest tier to the lowest."""
        return tuple(tier for tier in TIERS if tier in self.words or tier in {SENTENCES, LOSSLESS})

    @property
    def default_words(self) -> WordScorer | None:
        """The word engine for requests that name none."""
        return self.words.get(self.word_engine)

    def fingerprint_of(self, engine: str) -> str:
        """Return a name for the version of an engine that changes whenever its results can."""
        words = self.default_words if engine == SENTENCES else self.words.get(engine)
        if words is None:
            return f"{engine or 'none'}-{self.fingerprint}"
        both = hashlib.sha256(f"{self.fingerprint} {words.name} {words.fingerprint}".encode()).hexdigest()
        return f"{engine}-{both[:12]}"

    def fingerprint_with(self, engine: str) -> str:
        """Return a name for everything that a request can be cut with, the engine included that it names."""
        return f"{self.fingerprint_of(SENTENCES)} {self.fingerprint_of(engine or self.word_engine or LOSSLESS)}"

    def wanted(self, rules: Rules, *, asked: bool) -> str:
        """Name the engine that the rules ask for, for text with or without a question."""
        if rules.engine:
            return rules.engine
        if rules.profile in {Profile.OFF, Profile.LOSSLESS}:
            return LOSSLESS
        if asked:
            return SENTENCES
        if rules.profile is Profile.SAFE:
            return LOSSLESS
        # Sentences chosen without a question are a guess: better than nothing only for somebody who named a rate.
        return self.word_engine or (SENTENCES if rules.asked_for_rate else LOSSLESS)

    def ladder(self, rules: Rules, *, asked: bool) -> list[Step]:
        """Return the ways to cut a text, from the wanted one down."""
        wanted = self.wanted(rules, asked=asked)
        steps: list[Step] = []
        for tier in TIERS[TIERS.index(wanted) :]:
            if tier in self.words:
                steps.append(Step(tier, tier, self.words[tier]))
            elif tier == SENTENCES and (asked or rules.asked_for_rate or wanted == SENTENCES):
                steps += self._sentences(rules, asked=asked)
            elif tier == LOSSLESS:
                steps.append(Step(LOSSLESS, LOSSLESS))
        return steps

    def _sentences(self, rules: Rules, *, asked: bool) -> list[Step]:
        alone = Step(SENTENCES, SENTENCES)
        words = self.default_words
        if words is None or not asked or rules.profile is Profile.SAFE:
            return [alone]
        return [Step(SENTENCES, SENTENCES_AND_WORDS, words), alone]
