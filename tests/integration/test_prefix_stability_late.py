"""What was sent on when the reply came too late, or no time was left to look, holds in all later turns."""

import time
from collections.abc import Sequence

import pytest

from compressor_service.compression import Compressor, Request
from compressor_service.conversation import Role, Segment, Skip
from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import Pacer
from compressor_service.policy import Defaults, FixedPolicies
from compressor_service.tiers import Engines
from fakes_compressor import COUNTER, PARAGRAPHS, RECIPES, long_text

PATIENT_MS = 60_000.0
QUESTION = "How much did renewing the kitchen cost?"
OTHER_QUESTION = "How deep is the pond in the garden?"
DOCUMENT = f"{long_text(20)}\n\n{RECIPES}"
SYSTEM = Segment("s", Role.SYSTEM, "Be kind.")


class SlowMemo(LruMemo):
    """A memo that takes its time when told to."""

    slow_s = 0.0

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo."""
        time.sleep(self.slow_s)
        return super().get_many(keys)


@pytest.fixture
def memo() -> SlowMemo:
    """A memo that answers at once, so far."""
    return SlowMemo(max_entries=10_000, max_bytes=100_000_000)


@pytest.fixture
def compressor(memo: SlowMemo) -> Compressor:
    """A compressor that has not measured anything yet."""
    engines = Engines("test")
    return Compressor(COUNTER, memo, pacer=Pacer(), policies=FixedPolicies(Defaults()), engines=engines)


def user(name: str, text: str) -> Segment:
    """A text of the user."""
    return Segment(name, Role.USER, text)


def answer(name: str, text: str = "It did.") -> Segment:
    """An answer."""
    return Segment(name, Role.ASSISTANT, text)


def request(*segments: Segment, budget_ms: float = PATIENT_MS) -> Request:
    """A request of one tenant."""
    return Request(list(segments), target_model="gpt-4o", tenant_id="t", budget_ms=budget_ms)


ASKED = user("u", f"{DOCUMENT}\n\n{QUESTION}")
RESULT = Segment("t", Role.TOOL, " ".join(PARAGRAPHS * 12), call_name="search", call_arguments='{"about": "ferries"}')


def test_a_late_reply_carries_and_records_the_original(compressor: Compressor, memo: SlowMemo) -> None:
    """Nobody heard it, so what the caller sent on instead holds; with time enough it would have been shortened."""
    memo.slow_s = 0.05
    late = compressor.compress(request(SYSTEM, ASKED, budget_ms=20)).segments[1]
    memo.slow_s = 0.0
    assert (late.text, late.outcome.skip) == (ASKED.text, Skip.NO_BUDGET)
    later = compressor.compress(request(SYSTEM, ASKED, answer("a"), user("v", OTHER_QUESTION))).segments[1]
    assert (later.text, later.outcome.skip) == (ASKED.text, Skip.NO_BUDGET)
    other = Request([SYSTEM, ASKED], target_model="gpt-4o", tenant_id="other", budget_ms=PATIENT_MS)
    assert len(compressor.compress(other).segments[1].text) < len(ASKED.text)


def test_old_texts_go_out_as_before_when_there_is_no_time_at_all(compressor: Compressor) -> None:
    """A request that is passed on repeats what was sent; what is new in it stays whole, then and later."""
    first = compressor.compress(request(SYSTEM, ASKED)).segments[1]
    assert first.changed
    history = [SYSTEM, ASKED, answer("a", ""), RESULT]
    passed = compressor.pass_on(request(*history))
    compressor.mark_passed(request(*history))
    assert [one.text for one in passed.segments] == ["Be kind.", first.text, "", RESULT.text]
    later = compressor.compress(request(*history, answer("b"), user("v", OTHER_QUESTION)))
    assert [one.text for one in later.segments][1:4] == [first.text, "", RESULT.text]


@pytest.mark.parametrize("more", [OTHER_QUESTION, "And please hurry."])
def test_a_message_sent_before_the_answer_changes_nothing_old(compressor: Compressor, more: str) -> None:
    """A document keeps the question it was shortened for, also when the next request cannot be looked at."""
    turn = [SYSTEM, user("d", DOCUMENT), user("q", QUESTION)]
    first = compressor.compress(request(*turn)).segments[1]
    assert first.changed
    grown = [*turn, user("m", more)]
    assert compressor.pass_on(request(*grown)).segments[1].text == first.text
    assert compressor.compress(request(*grown)).segments[1].text == first.text
    assert compressor.pass_on(request(*grown, answer("a"), user("v", more))).segments[1].text == first.text


def test_a_question_before_its_document_stays_the_question(compressor: Compressor) -> None:
    """One that is asked behind it later does not take over."""
    turn = [SYSTEM, user("q", QUESTION), user("d", DOCUMENT)]
    first = compressor.compress(request(*turn)).segments[2]
    assert first.changed
    grown = [*turn, user("m", OTHER_QUESTION)]
    assert compressor.compress(request(*grown)).segments[2].text == first.text
    assert compressor.compress(request(*grown, answer("a"), user("v", QUESTION))).segments[2].text == first.text


def test_a_document_is_shortened_for_each_question_of_its_own(compressor: Compressor) -> None:
    """Two conversations that begin with the same document and go on differently do not share its shape."""
    document = user("d", DOCUMENT)
    one = compressor.compress(request(SYSTEM, document, user("q", QUESTION))).segments[1].text
    other = compressor.compress(request(SYSTEM, document, user("q", OTHER_QUESTION))).segments[1].text
    assert "48,300" in one
    assert "two\nmetres deep" in other
    assert one != other


def test_a_document_that_came_without_a_question_stays_whole(compressor: Compressor) -> None:
    """It was sent on whole when nobody knew what it was for."""
    document = user("d", DOCUMENT)
    first = compressor.compress(request(SYSTEM, document)).segments[1]
    assert (first.text, first.outcome.skip) == (DOCUMENT, Skip.QUESTION)
    later = compressor.compress(request(SYSTEM, document, answer("a"), user("q", QUESTION))).segments[1]
    assert later.text == DOCUMENT
    behind = compressor.compress(request(SYSTEM, document, user("q", QUESTION))).segments[1]
    assert behind.text == DOCUMENT
