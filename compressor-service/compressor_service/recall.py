"""What was sent on for the segments of a conversation in earlier turns, which holds in the later ones.

Two kinds of entries: what was sent on at a place of a conversation; and what a text was cut to for a question, whatever
the conversation. The first is looked up before anything else, so what was sent once is sent again without a second look.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compressor_service.conversation import Decision, Role, Segment, Skip
from compressor_service.memos import Memo
from compressor_service.outcomes import Outcome, decode, encode
from compressor_service.sealing import Keyring, memo_key

# How many earlier ends of a message are tried.
_ENDS = 4
# Why a text stays whole in one conversation, and may be shortened in another.
_OF_THE_MOMENT = frozenset({Skip.NO_BUDGET, Skip.NET_LOSS})


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a conversation, named by everything up to there; new when it stands after the last answer.

    `branches` name the way on to the end of the next user message, which may hold the question of this text, and to the
    few ends that it may have had before: a message may be followed by another one before it is answered.
    """

    name: bytes
    new: bool
    branches: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A segment at its place and what may happen to it; with a skip it stays as it is."""

    segment: Segment
    place: Place
    decision: Decision
    tokens: int
    skip: Skip | None = None

    @property
    def open(self) -> bool:
        """Whether what is sent on can be told neither from the text nor from what stands before it."""
        return self.skip is None or (self.skip is Skip.QUESTION and self.decision.late)


@dataclass(frozen=True, slots=True)
class Scope:
    """What every result of a request depends on beside texts and questions."""

    tenant_id: str
    version: str
    fingerprint: str
    tokenizer: str


def find_places(segments: Sequence[Segment]) -> list[Place]:
    """Name the place of each segment; branches of a conversation share the names of what they share."""
    names = list(_names(segments))
    last_answer = max((i for i, segment in enumerate(segments) if segment.role is Role.ASSISTANT), default=-1)
    places: list[Place] = []
    end = start = -1
    for index in range(len(segments) - 1, -1, -1):
        open_ended = segments[index].role in {Role.USER, Role.SYSTEM} and end > index
        ends = range(end, max(index, start - 1, end - _ENDS), -1) if open_ended else ()
        places.append(Place(names[index], index > last_answer, tuple(names[one] for one in ends)))
        if segments[index].role is Role.USER:
            end, start = (end, index) if index + 1 == start else (index, index)
    return places[::-1]


def _names(segments: Sequence[Segment]) -> Iterator[bytes]:
    digest = hashlib.blake2b(digest_size=16)
    for segment in segments:
        told = (segment.role.name, segment.content_type.name, segment.query, segment.call_name, segment.call_arguments)
        for part in (*told, segment.text):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8))
            digest.update(data)
        yield digest.digest()


class Recall:
    """Names entries, and asks the memo for all of a request at once."""

    def __init__(self, memo: Memo, keyring: Keyring) -> None:
        self._memo = memo
        self._keyring = keyring

    def find_sent(self, scope: Scope, places: Mapping[int, Place], *, wait: bool = True) -> dict[int, Outcome]:
        """Return what was sent on at places before; without waiting, only what this process knows by heart."""
        # Of several ends the nearest holds, and above all what holds for every way on: the last one found.
        asked = [(i, self._branch_key(scope, place, end)) for i, place in places.items() for end in place.branches]
        asked += [(i, self._place_key(scope, place)) for i, place in places.items()]
        values = (self._memo.get_many if wait else self._memo.peek_many)([key for _, key in asked]) if asked else []
        found = {index: value for (index, _), value in zip(asked, values, strict=True) if value is not None}
        return {index: decode(value) for index, value in found.items()}

    def find_cut(self, scope: Scope, turns: Mapping[int, Turn]) -> dict[int, Outcome]:
        """Return what texts were cut to for their questions before."""
        keys = [self._text_key(scope, turn) for turn in turns.values()]
        return _decode(turns, self._memo.get_many(keys) if keys else ())

    def remember(
        self, scope: Scope, turns: Mapping[int, Turn], sent: Mapping[int, Outcome], cut: Mapping[int, Outcome]
    ) -> dict[int, Outcome]:
        """Remember what is sent on now, and what of it was cut now; where somebody was faster, return what that was."""
        items = list(self._items(scope, turns, sent, cut))
        held = self._memo.remember_many([(key, value) for _, key, value in items]) if items else []
        outcomes = dict(sent)
        # The place comes last of each turn: it is what later turns obey.
        for (index, _, value), holds in zip(items, held, strict=True):
            outcomes[index] = sent[index] if holds == value else decode(holds)
        return outcomes

    def pass_on(self, scope: Scope, passed: Mapping[int, tuple[Place, Outcome]]) -> None:
        """Remember that what is new went on as it came; what stood before was sent in its own turn."""
        items = [(self._place_key(scope, place), encode(outcome)) for place, outcome in passed.values() if place.new]
        if items:
            self._memo.remember_many(items)

    def _items(
        self, scope: Scope, turns: Mapping[int, Turn], sent: Mapping[int, Outcome], cut: Mapping[int, Outcome]
    ) -> Iterator[tuple[int, bytes, bytes]]:
        for index, turn in turns.items():
            value, passed = encode(sent[index]), sent[index].skip in _OF_THE_MOMENT
            if index in cut and not passed:
                yield index, self._text_key(scope, turn), value
            if turn.place.branches and turn.decision.late and turn.decision.query and not passed:
                # The question stands behind the text: each branch of the conversation has its own.
                yield index, self._branch_key(scope, turn.place, turn.place.branches[0]), value
            elif not passed or turn.place.new or index in cut:
                yield index, self._place_key(scope, turn.place), value

    def _text_key(self, scope: Scope, turn: Turn) -> bytes:
        told = (turn.segment.text, turn.decision.query, turn.segment.content_type.name, repr(turn.decision.question))
        return self._key(scope, "text", *told)

    def _place_key(self, scope: Scope, place: Place) -> bytes:
        return self._key(scope, "place", place.name)

    def _branch_key(self, scope: Scope, place: Place, end: bytes) -> bytes:
        return self._key(scope, "branch", place.name, end)

    def _key(self, scope: Scope, kind: str, *parts: str | bytes) -> bytes:
        fixed = (kind, scope.version, scope.fingerprint, scope.tokenizer)
        return memo_key(self._keyring, scope.tenant_id, *fixed, *parts)


def _decode(indices: Mapping[int, object], values: Sequence[bytes | None]) -> dict[int, Outcome]:
    return {index: decode(value) for index, value in zip(indices, values, strict=False) if value is not None}
