"""Which segments of a conversation may change, and for which question.

The query of a segment is frozen: it depends on the turn in which the segment first appears only, so that a message
comes out the same in every later turn. Where it depends on a later message after all, `late` says so, and the caller
must remember what it did the first time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum

from compressor_service.questions import Range, Split, split_message
from compressor_service.structure import ContentType, Layout


class Role(Enum):
    """Who wrote a segment."""

    SYSTEM = 1
    USER = 2
    ASSISTANT = 3
    TOOL = 4


class Skip(Enum):
    """Why a segment came back unchanged."""

    LOCKED = 1
    SYSTEM = 2
    QUESTION = 3
    LAST_ASSISTANT = 4
    TOO_SHORT = 5
    PROTECTED_CONTENT = 6
    POLICY = 7
    NOT_SHORTER = 8
    NO_BUDGET = 9
    VERIFICATION = 10
    NET_LOSS = 11


@dataclass(frozen=True, slots=True)
class Segment:
    """One text of the conversation."""

    id: str
    role: Role
    text: str
    locked: bool = False
    query: str = ""
    content_type: ContentType = ContentType.AUTO
    call_name: str = ""
    call_arguments: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What may happen to one segment: the ranges that ask stay, the rest is weighed against the query."""

    skip: Skip | None = None
    query: str = ""
    question: tuple[Range, ...] = ()
    late: bool = False
    layout: Layout | None = None


class _Splits:
    """Finds what a user segment asks when somebody needs to know, and once only."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._known: dict[int, Split] = {}

    def __getitem__(self, index: int) -> Split:
        if index not in self._known:
            segment = self._segments[index]
            asks = segment.role is Role.USER
            self._known[index] = split_message(segment.text, segment.content_type) if asks else Split()
        return self._known[index]


@dataclass(frozen=True)
class _Conversation:
    segments: Sequence[Segment]
    splits: _Splits
    last_user: range
    last_assistant: int
    runs: dict[int, range] = field(default_factory=dict)


def decide(
    segments: Sequence[Segment], *, compress_system: bool, stable: bool, wanted: Collection[int] | None = None
) -> list[Decision]:
    """Decide on every segment, in order; those that are not wanted are left as they are, unread."""
    runs = _user_runs(segments)
    last_user = runs[max(runs)] if runs else range(0)
    assistants = [index for index, segment in enumerate(segments) if segment.role is Role.ASSISTANT]
    talk = _Conversation(segments, _Splits(segments), last_user, assistants[-1] if assistants else -1, runs)
    return [
        _decide_one(talk, index, compress_system=compress_system, stable=stable)
        if wanted is None or index in wanted
        else Decision(Skip.POLICY)
        for index in range(len(segments))
    ]


def _user_runs(segments: Sequence[Segment]) -> dict[int, range]:
    """Return for every user segment its message: user segments without another role between them are one."""
    runs: dict[int, range] = {}
    start = 0
    for index in range(len(segments) + 1):
        if index < len(segments) and segments[index].role is Role.USER:
            continue
        runs.update(dict.fromkeys(range(start, index), range(start, index)))
        start = index + 1
    return runs


def _decide_one(talk: _Conversation, index: int, *, compress_system: bool, stable: bool) -> Decision:
    segment = talk.segments[index]
    if segment.locked:
        return Decision(Skip.LOCKED)
    if segment.role is Role.SYSTEM:
        if not compress_system:
            return Decision(Skip.SYSTEM)
        return Decision(query=segment.query or _first_question_after(talk, index), late=not segment.query)
    if segment.role is Role.ASSISTANT:
        # Every answer was the last one in the turn that followed it, and was sent whole then.
        if stable or index == talk.last_assistant:
            return Decision(Skip.LAST_ASSISTANT)
        return Decision(query=segment.query or _message_query(talk, talk.last_user))
    return _decide_user(talk, index) if segment.role is Role.USER else _decide_tool(talk, index)


def _decide_user(talk: _Conversation, index: int) -> Decision:
    segment, split = talk.segments[index], talk.splits[index]
    if split.query or segment.query:
        return Decision(query=segment.query or split.query, question=split.question, layout=split.layout)
    same_message, after = _nearest_query(talk, index)
    if same_message:
        return Decision(query=same_message, question=split.question, late=after, layout=split.layout)
    if index in talk.last_user:
        return Decision(Skip.QUESTION, late=True)
    later = _first_question_after(talk, index)
    if not later:
        return Decision(Skip.QUESTION, late=True)
    return Decision(query=later, question=split.question, late=True, layout=split.layout)


def _decide_tool(talk: _Conversation, index: int) -> Decision:
    segment = talk.segments[index]
    if segment.query:
        return Decision(query=segment.query)
    before = [i for i in talk.runs if i < index]
    asked = _message_query(talk, talk.runs[max(before)]) or _tail(talk.segments[max(before)].text) if before else ""
    return Decision(query=" ".join(filter(None, (segment.call_name, segment.call_arguments, asked))))


def _message_query(talk: _Conversation, run: range) -> str:
    """Return what a message asks, all of it."""
    return "\n".join(talk.splits[i].query for i in run if talk.splits[i].query)


def _nearest_query(talk: _Conversation, index: int) -> tuple[str, bool]:
    """Return the first question of the message after a segment, else the last one before it; and whether it is after."""
    run = talk.runs[index]
    after = next((talk.splits[i].query for i in range(index + 1, run.stop) if talk.splits[i].query), "")
    if after:
        return after, True
    return next((talk.splits[i].query for i in range(index - 1, run.start - 1, -1) if talk.splits[i].query), ""), False


def _first_question_after(talk: _Conversation, index: int) -> str:
    return next((talk.splits[i].query for i in sorted(talk.runs) if i > index and talk.splits[i].query), "")


def _tail(text: str) -> str:
    """A message that asks nothing plainly: its end says best what it is about."""
    return text[-300:]
