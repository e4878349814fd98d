"""What holds for a place in a conversation."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from compressor_service.conversation import Decision, Role, Segment, Skip
from compressor_service.memos.lru import LruMemo
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.recall import Place, Recall, Scope, Turn, find_places
from compressor_service.sealing import new_keyring

TEXT = Segment("t", Role.USER, "Some text.")
CUT = Outcome(10, 5, 10, 5, engine="sentences")
DEGRADED = Outcome(10, 7, 10, 7, engine="lossless", degraded_from="sentences")
SCOPE = Scope("acme", "1", "engine", "o200k_base")
HERE, ELSEWHERE = Place(b"here", new=True), Place(b"elsewhere", new=True)
ASKED = Decision(query="Why?")


@pytest.fixture
def recall() -> Recall:
    """A recall over a memo of its own."""
    return Recall(LruMemo(max_entries=100, max_bytes=100_000), new_keyring())


def turn(decision: Decision = ASKED, place: Place = HERE, skip: Skip | None = None) -> Turn:
    """Return a turn of ten tokens."""
    return Turn(TEXT, place, decision, 10, skip)


def send(recall: Recall, one: Turn, outcome: Outcome = CUT, scope: Scope = SCOPE) -> Mapping[int, Outcome]:
    """Send on what was cut now."""
    return recall.remember(scope, {0: one}, {0: outcome}, {} if one.skip else {0: outcome})


def sent(recall: Recall, place: Place = HERE, scope: Scope = SCOPE) -> Outcome | None:
    """Return what holds for a place."""
    return recall.find_sent(scope, {0: place}).get(0)


def test_what_was_sent_on_holds_for_its_place_and_what_was_cut_for_its_text(recall: Recall) -> None:
    """The same conversation gets it without a look at the text; another one by the text and its question."""
    assert send(recall, turn()) == {0: CUT}
    assert sent(recall) == CUT
    assert sent(recall, ELSEWHERE) is None
    assert recall.find_cut(SCOPE, {5: turn(place=ELSEWHERE)}) == {5: CUT}
    assert recall.find_sent(SCOPE, {3: HERE, 4: ELSEWHERE}, wait=False) == {3: CUT}
    assert recall.find_sent(SCOPE, {}) == {}


@pytest.mark.parametrize(
    "scope",
    [
        replace(SCOPE, tenant_id="other"),
        replace(SCOPE, version="2"),
        replace(SCOPE, fingerprint="x"),
        replace(SCOPE, tokenizer="x"),
    ],
)
def test_another_tenant_policy_engine_or_tokenizer_knows_nothing_of_it(recall: Recall, scope: Scope) -> None:
    """Everything that a result depends on is in the key."""
    send(recall, turn())
    assert sent(recall, scope=scope) is None
    assert recall.find_cut(scope, {0: turn()}) == {}


def test_another_question_has_another_result(recall: Recall) -> None:
    """So has the same question that stands elsewhere in the text."""
    send(recall, turn())
    for decision in (Decision(query="How?"), Decision(query="Why?", question=((0, 4),))):
        assert recall.find_cut(SCOPE, {0: turn(decision)}) == {}


def test_the_first_who_remembers_wins(recall: Recall) -> None:
    """Two workers cut the same text differently at the same time: both send what the faster one remembered."""
    send(recall, turn())
    assert send(recall, turn(), DEGRADED) == {0: CUT}


def test_what_holds_for_the_place_goes_before_what_holds_for_the_text(recall: Recall) -> None:
    """Another conversation was faster with the text; this one has sent something else, and sends it again."""
    send(recall, turn())
    assert send(recall, turn(place=ELSEWHERE), DEGRADED) == {0: DEGRADED}
    assert sent(recall, ELSEWHERE) == DEGRADED


@pytest.mark.parametrize("skip", [Skip.NO_BUDGET, Skip.NET_LOSS])
def test_a_text_that_stayed_whole_for_the_moment_does_so_in_its_conversation_only(recall: Recall, skip: Skip) -> None:
    """The want of time says nothing about the text."""
    send(recall, turn(), unchanged(skip, 10))
    assert sent(recall) == unchanged(skip, 10)
    assert recall.find_cut(SCOPE, {0: turn()}) == {}


def test_a_message_sent_whole_before_its_question_stays_whole(recall: Recall) -> None:
    """In the turn after, the question is known, and comes too late."""
    whole = unchanged(Skip.QUESTION, 10)
    send(recall, turn(Decision(Skip.QUESTION, late=True), skip=Skip.QUESTION), whole)
    assert sent(recall) == whole


def test_a_question_behind_the_text_binds_no_other_branch(recall: Recall) -> None:
    """One document, two conversations that go on with different questions: each remembers for itself."""
    late = turn(Decision(query="Why?", late=True), Place(b"here", new=True, branches=(b"one",)))
    send(recall, late)
    assert sent(recall, late.place) == CUT
    assert sent(recall, Place(b"here", new=False, branches=(b"two",))) is None
    assert recall.find_cut(SCOPE, {0: late}) == {0: CUT}
    send(recall, turn(), DEGRADED)
    assert sent(recall, late.place) == DEGRADED


def test_passing_on_marks_what_is_new(recall: Recall) -> None:
    """What stood before was sent on in its own turn."""
    passed = unchanged(Skip.NO_BUDGET, 10)
    old = Place(b"old", new=False)
    recall.pass_on(SCOPE, {0: (old, passed), 1: (HERE, passed)})
    assert (sent(recall, old), sent(recall, HERE)) == (None, passed)
    recall.pass_on(SCOPE, {})


def test_places_name_the_conversation_up_to_there() -> None:
    """Branches share the names of what they share; roles, calls and borders between texts count, ids do not."""
    one = Segment("1", Role.USER, "a")
    two = Segment("2", Role.ASSISTANT, "b")
    first, second = find_places([one, two])
    assert find_places([one])[0].name == first.name
    assert (first.new, second.new, find_places([one])[0].new) == (False, False, True)
    assert find_places([replace(one, id="9", locked=True)])[0].name == first.name
    others = [[replace(one, text="ab")], [replace(one, role=Role.TOOL)], [replace(one, query="q")], [two], [one, one]]
    names = {find_places(segments)[-1].name for segments in others}
    assert len(names | {first.name, second.name}) == 7


def test_branches_are_the_ways_to_the_ends_of_the_next_user_message() -> None:
    """The last end first, then those it had before it grew; for user and system text only."""
    roles = (Role.SYSTEM, Role.USER, Role.USER, Role.ASSISTANT, Role.TOOL, Role.USER)
    found = find_places([Segment(str(number), role, str(number)) for number, role in enumerate(roles)])
    names = [place.name for place in found]
    assert [place.branches for place in found] == [(names[2], names[1]), (names[2],), (names[5],), (), (), ()]


def test_what_is_open() -> None:
    """What may change, and what stays whole only because no question is known yet."""
    assert turn().open
    assert turn(Decision(Skip.QUESTION, late=True), skip=Skip.QUESTION).open
    assert not turn(Decision(Skip.LOCKED), skip=Skip.LOCKED).open
    assert not turn(Decision(Skip.QUESTION), skip=Skip.TOO_SHORT).open
