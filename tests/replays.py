"""Replays conversations through compressors that are hurried, restarted and replaced, and checks what was sent on."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from compressor_service.compression import Compressor, Request
from compressor_service.conversation import Role, Segment
from compressor_service.economics import CachePrices
from compressor_service.policy import Policy
from prompt_caches import PromptCache

PATIENT_MS = 60_000.0
# From a moment in which nothing new fits to one in which some tiers do; in less, nobody waits for the answer.
HURRIED_MS = (4.0, 25.0)
# The hooks wait a little longer than the budget that they name.
BUDGET_SHARE = 0.8
# Most users answer soon, some so late that the provider has forgotten the prompt.
PAUSES_S = (5.0, 40.0, 120.0, 400.0)


@dataclass(frozen=True)
class Sent:
    """The texts of a request as they went to the provider; unanswered: for want of an answer, as they came."""

    texts: list[str]
    answered: bool = True


# Sends a request on, given its number and the segments of the conversation so far.
Forward = Callable[[int, Sequence[Segment]], Sent]


@dataclass
class Replay:
    """What became of a conversation, and what it would have cost without compression."""

    checked: int = 0
    shortened: int = 0
    violations: list[str] = field(default_factory=list)
    cost: float = 0.0
    whole_cost: float = 0.0
    tokens: int = 0
    whole_tokens: int = 0


def replay(
    requests: Sequence[Sequence[Segment]], forward: Forward, *, prices: CachePrices, count: Callable[[str], int]
) -> Replay:
    """Send a conversation request by request: in every answered one, each text must go out as it did the first time."""
    done = Replay()
    ours, theirs = PromptCache(prices, count), PromptCache(prices, count)
    segments: list[Segment] = []
    first: dict[str, str] = {}
    pauses = random.Random(f"pauses of {requests[0][0].text}")
    for number, added in enumerate(requests):
        segments += added
        sent = forward(number, segments)
        for segment, text in zip(segments, sent.texts, strict=True):
            done.checked += 1
            done.shortened += sent.answered and len(text) < len(segment.text)
            if first.setdefault(segment.id, text) != text and sent.answered:
                done.violations.append(f"request {number}: {segment.role.name} text {segment.id} went out differently")
        ours.now = theirs.now = ours.now + pauses.choice(PAUSES_S)
        ours.send(sent.texts)
        theirs.send([segment.text for segment in segments])
    done.cost, done.whole_cost = ours.cost, theirs.cost
    done.tokens, done.whole_tokens = ours.last_tokens, theirs.last_tokens
    return done


@dataclass(frozen=True)
class Trouble:
    """How often, as a share of requests, a replica is restarted, the caller is in a hurry, or hears nothing."""

    restarts: float = 0.2
    hurries: float = 0.3
    unheard: float = 0.0


class Fleet:
    """Two replicas of a service, in trouble at random."""

    def __init__(
        self, seed: int, start: Callable[[], Compressor], *, trouble: Trouble | None = None, model: str = "gpt-4o"
    ) -> None:
        self._random = random.Random(f"fleet {seed}")
        self._start = start
        self._replicas = [start(), start()]
        self._trouble = trouble or Trouble()
        self._model = model
        self._tenant = f"tenant-{seed}"
        self._known = 0
        self.restarts = 0
        self.degraded = 0

    def __call__(self, number: int, segments: Sequence[Segment]) -> Sent:
        """Send a request to one of the replicas; see Forward."""
        place = self._random.randrange(len(self._replicas))
        restart, hurry, unheard = (self._random.random() for _ in range(3))
        if restart < self._trouble.restarts:
            self._replicas[place] = self._start()
            self.restarts += 1
        hurried = number > 0 and hurry < self._trouble.hurries
        budget_ms = self._random.uniform(*HURRIED_MS) if hurried else PATIENT_MS
        request = Request(list(segments), Policy(), self._model, self._tenant, budget_ms)
        if unheard < self._trouble.unheard:
            self._known = len(segments)
            self._replicas[place].mark_passed(request)
            return Sent([segment.text for segment in segments], answered=False)
        started, began = time.thread_time(), time.monotonic()
        result = self._replicas[place].compress(request)
        # What others do on a busy machine makes no reply late and no bill higher: its own work counts.
        late = (time.thread_time() - started) * 1000 > budget_ms / BUDGET_SHARE
        stalled = (time.monotonic() - began) * 1000 > budget_ms
        new, self._known = result.segments[self._known :], len(segments)
        self.degraded += any(one.outcome.degraded_from for one in new)
        if late and not any(one.changed for one in new):
            return Sent([segment.text for segment in segments], answered=False)
        # What shortens something new was in time by the service's own reckoning, and must be right. A reply that was
        # stalled until its time was over reaches nobody: what it says of older texts does not go out.
        return Sent([one.text for one in result.segments], answered=any(one.changed for one in new) or not stalled)


def recompress_all(compressor: Compressor, *, model: str = "gpt-4o") -> Forward:
    """The negative control: everything is weighed anew in every turn, against the last message of the user."""

    def forward(number: int, segments: Sequence[Segment]) -> Sent:
        asked = next(segment.text for segment in reversed(segments) if segment.role is Role.USER)
        weighed = [segment if segment.role is Role.SYSTEM else replace(segment, query=asked) for segment in segments]
        request = Request(weighed, Policy(stable=False), model, f"control-{number}", PATIENT_MS)
        return Sent([one.text for one in compressor.compress(request).segments])

    return forward
