"""The pipeline: decisions, tiers, memory, totals."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressor_service.compression import Request, Result
from compressor_service.conversation import Role, Segment, Skip
from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import LOSSLESS, SENTENCES, Pacer
from compressor_service.policy import Policy, Profile, RateRange
from compressor_service.spans import covers, join_kept
from compressor_service.structure import ContentType
from fakes_compressor import RECIPES, long_text, new_compressor, run, user

QUESTION = "How much did renewing the kitchen cost?"
ANSWER = "The kitchen was renewed in 2019 at a cost of 48,300 euros."
PROMPT = f"{RECIPES}\n\n{QUESTION}"


def skips(result: Result) -> list[Skip | None]:
    """Return why each segment stayed."""
    return [segment.outcome.skip for segment in result.segments]


def shares(result: Result) -> float:
    """Return the kept share of eligible tokens."""
    outcomes = [segment.outcome for segment in result.segments]
    return sum(one.eligible_after for one in outcomes) / sum(one.eligible_before for one in outcomes)


def test_a_prompt_with_a_question_is_halved_around_the_answer() -> None:
    """The default keeps at most half of what is eligible; question, answer and code stay."""
    result = run([user(PROMPT)])
    text = result.segments[0].text
    assert ANSWER in text
    assert text.endswith(f"\n\n{QUESTION}")
    assert "curl -s https://mill.example/oven | jq .temperature" in text
    assert result.engine == SENTENCES
    assert 0.4 < shares(result) <= 0.5


@pytest.mark.parametrize(("profile", "rate"), [(Profile.SAFE, 0.5), (Profile.BALANCED, 0.5), (Profile.MAX, 0.33)])
def test_profiles_keep_their_share(profile: Profile, rate: float) -> None:
    """Each profile's rate is an upper bound that is nearly used up."""
    text = f"{long_text(30)}\n\nWho counts the barrels?"
    assert rate - 0.05 < shares(run([user(text)], Policy(profile=profile))) <= rate


def test_off_and_lossless_drop_no_sentence() -> None:
    """OFF changes nothing and says so; LOSSLESS finds nothing repeated."""
    assert skips(run([user(PROMPT)], Policy(profile=Profile.OFF))) == [Skip.POLICY]
    assert skips(run([user(PROMPT)], Policy(profile=Profile.LOSSLESS))) == [Skip.NOT_SHORTER]


def test_rates_by_size_and_short_texts() -> None:
    """A range beats the rate for its sizes, and min_tokens is the floor."""
    sized = Policy(rate=0.9, ranges=(RateRange(0, 0, 0.3),))
    assert shares(run([user(PROMPT)], sized)) <= 0.3
    assert skips(run([user(PROMPT)], Policy(min_tokens=5_000))) == [Skip.TOO_SHORT]
    assert skips(run([user(QUESTION)])) == [Skip.TOO_SHORT]
    assert skips(run([user("")], Policy(min_tokens=0))) == [Skip.QUESTION]


def test_forced_words_and_phrases_keep_their_sentences() -> None:
    """What the caller names is there although it has nothing to do with the question."""
    policy = Policy(rate=0.2, force_tokens=("ROSES",), protect_extra=("two\nmetres deep",))
    text = run([user(PROMPT)], policy).segments[0].text
    assert "Forty roses grow along the southern wall." in text
    assert "The pond is two\nmetres deep" in text
    assert "Forty roses" not in run([user(PROMPT)], Policy(rate=0.2)).segments[0].text


def test_without_a_word_engine_text_without_a_question_loses_sentences_only_when_a_rate_was_named() -> None:
    """Nothing says what matters in a tool result without a call or a user before it."""
    tool = Segment("t", Role.TOOL, long_text(12))
    assert skips(run([tool])) == [Skip.NOT_SHORTER]
    assert shares(run([tool], Policy(rate=0.5))) <= 0.5
    assert run([replace(tool, text=f"{tool.text}\n\n{long_text(2)}")]).engine == LOSSLESS


def test_content_types_are_obeyed() -> None:
    """What the caller calls code or JSON is not touched."""
    for content_type in (ContentType.CODE, ContentType.JSON, ContentType.TABLE):
        segment = Segment("t", Role.TOOL, long_text(12), query=QUESTION, content_type=content_type)
        assert skips(run([segment])) == [Skip.PROTECTED_CONTENT]


def test_an_engine_can_be_named() -> None:
    """Lossless by name drops no sentence of a prompt that has a question."""
    assert skips(run([user(PROMPT)], Policy(engine=LOSSLESS))) == [Skip.NOT_SHORTER]
    assert run([user(PROMPT)], Policy(engine=SENTENCES)).engine == SENTENCES


def test_shadow_mode_counts_everything_and_changes_nothing() -> None:
    """The texts are the originals, the totals and spans say what would have been, nothing is remembered."""
    memo = LruMemo(max_entries=10, max_bytes=1_000_000)
    shadow = run([user(PROMPT)], compressor=new_compressor(memo), shadow=True).segments[0]
    applied = run([user(PROMPT)]).segments[0]
    assert shadow.text == PROMPT
    assert shadow.outcome == applied.outcome
    assert join_kept(PROMPT, shadow.spans) == applied.text
    assert len(memo) == 0


def test_one_target_for_all_segments() -> None:
    """target_tokens bounds the eligible tokens of all texts together, stable or not."""
    segments = [user(long_text(10), query=QUESTION, name="a"), user(PROMPT, name="b")]
    for stable in (True, False):
        result = run(segments, Policy(target_tokens=200, stable=stable))
        assert sum(segment.outcome.eligible_after for segment in result.segments) <= 200
        assert ANSWER in result.segments[1].text
        assert bool(result.warnings) is stable


def test_without_stability_segments_are_weighed_together() -> None:
    """The text that answers keeps more than its share, the other less; old answers may change."""
    old_answer = Segment("a", Role.ASSISTANT, long_text(10))
    last_answer = Segment("b", Role.ASSISTANT, long_text(10))
    result = run([old_answer, last_answer, user(PROMPT)], Policy(rate=0.4, stable=False))
    assert skips(result) == [None, Skip.LAST_ASSISTANT, None]
    old, _, prompt = (segment.outcome for segment in result.segments)
    assert old.eligible_after / old.eligible_before < prompt.eligible_after / prompt.eligible_before
    assert shares(result) <= 0.4


def test_a_budget_that_is_too_small_degrades_and_the_degraded_result_is_replayed() -> None:
    """What was sent on in a hurry is sent on again when there is time, and the reply says so."""
    pacer = Pacer()
    pacer.observe(SENTENCES, 1_000, 1_000_000.0)
    pacer.observe(LOSSLESS, 1_000, 1.0)
    compressor = new_compressor(pacer=pacer)
    segment = user(f"{long_text(8)}\n\n{long_text(2)}\n\n{QUESTION}")
    hurried = compressor.compress(Request([segment], budget_ms=10_000.0))
    assert (hurried.engine, hurried.degraded_from) == (LOSSLESS, SENTENCES)
    later = compressor.compress(Request([segment], budget_ms=1e12))
    assert later.segments[0].text == hurried.segments[0].text
    other = compressor.compress(Request([segment], budget_ms=1e12, tenant_id="other"))
    assert (other.engine, other.degraded_from) == (SENTENCES, "")


def test_without_any_time_the_text_goes_on_as_it_came() -> None:
    """An overdrawn budget is a skip, not an error."""
    result = new_compressor().compress(Request([user(PROMPT)], budget_ms=-1.0))
    assert skips(result) == [Skip.NO_BUDGET]
    assert (result.segments[0].text, result.degraded_from) == (PROMPT, SENTENCES)


def test_a_document_whose_question_comes_later_stays_as_it_was_first_sent() -> None:
    """Sent whole when it was the last message, it is whole in every later turn of that conversation."""
    compressor = new_compressor()
    document = user(RECIPES, name="d")
    first = run([document], compressor=compressor)
    assert skips(first) == [Skip.QUESTION]
    grown = [document, Segment("a", Role.ASSISTANT, "Ask me."), user(QUESTION, name="q")]
    assert run(grown, compressor=compressor).segments[0].text == RECIPES


def test_a_document_seen_first_with_its_question_is_weighed_against_it() -> None:
    """The same document is cut differently in two conversations that ask different things."""
    compressor = new_compressor()

    def ask(question: str) -> str:
        talk = [user(RECIPES, name="d"), Segment("a", Role.ASSISTANT, "Ask me."), user(question, name="q")]
        return run(talk, Policy(rate=0.3), compressor=compressor).segments[0].text

    assert ANSWER in ask(QUESTION)
    assert "Forty roses grow along the southern wall." in ask("How many roses grow along the wall?")
    assert ANSWER in ask(QUESTION)


@pytest.mark.parametrize(
    ("model", "locked", "skip"),
    [
        ("gpt-4o", False, Skip.NET_LOSS),
        ("claude-sonnet-4-5", False, None),
        ("claude-sonnet-4-5", True, Skip.NET_LOSS),
    ],
)
def test_a_conversation_is_not_pressed_out_of_the_providers_cache(model: str, locked: bool, skip: Skip | None) -> None:
    """Anthropic has a prompt in its cache only where the request marks it: a marked part is locked."""
    asked = Segment("u", Role.USER, "Look it up.", locked=locked)
    tool = Segment("t", Role.TOOL, long_text(24), call_name="read", call_arguments='{"about": "ferries"}')
    request = Request([asked, tool], Policy(rate=0.5), model, budget_ms=60_000.0)
    assert skips(new_compressor().compress(request))[1] is skip


def test_totals_and_spans_agree_with_the_texts() -> None:
    """Eligible tokens fall by exactly what the text lost, and the kept spans are the text."""
    result = run([user(PROMPT), Segment("s", Role.SYSTEM, "Be kind.")])
    for segment in result.segments:
        one = segment.outcome
        assert covers(segment.spans, len(segment.original))
        assert join_kept(segment.original, segment.spans) == segment.text
        assert one.eligible_before - one.eligible_after == one.tokens_before - one.tokens_after


TURN = st.sampled_from(
    [
        [user(PROMPT)],
        [user(f"Summarise the following text:\n\n{long_text(9)}")],
        [user(RECIPES), user("When does the gate close?")],
        [user(RECIPES)],
        [user("Thanks, and who pays for the pier?")],
        [Segment("t", Role.TOOL, long_text(11), call_name="read", call_arguments='{"about": "ferries"}')],
        [Segment("t", Role.TOOL, '{"rows": [1, 2, 3]}'), Segment("t", Role.TOOL, RECIPES)],
    ]
)


@settings(max_examples=15)
@given(st.lists(TURN, min_size=2, max_size=6))
def test_forwarded_bytes_never_change_while_a_conversation_grows(turns: list[list[Segment]]) -> None:
    """Every message, answers included, is sent on in each later turn as it was in its first."""
    compressor = new_compressor()
    grown = [Segment("", Role.SYSTEM, long_text(10))]
    before: list[str] = []
    for turn in turns:
        grown += turn
        named = [replace(segment, id=str(number)) for number, segment in enumerate(grown)]
        now = [segment.text for segment in run(named, compressor=compressor).segments]
        assert now[: len(before)] == before
        answer = Segment("", Role.ASSISTANT, long_text(9))
        grown.append(answer)
        before = [*now, answer.text]


@settings(max_examples=15)
@given(st.lists(TURN, min_size=1, max_size=3))
def test_a_restart_between_turns_changes_nothing_where_every_message_asks(turns: list[list[Segment]]) -> None:
    """Results are functions of the text and its question: without any memory they are the same."""
    grown = [
        segment for turn in turns for segment in turn if not (segment.role is Role.USER and segment.text == RECIPES)
    ]
    named = [replace(segment, id=str(number)) for number, segment in enumerate(grown)]
    for end in range(1, len(named) + 1):
        first, again = run(named[:end]), run(named)
        assert [one.text for one in again.segments[:end]] == [one.text for one in first.segments]


def test_a_joint_choice_of_nothing_chooses_nothing() -> None:
    """Where every text stays whole, for it is all code or too short, one budget for all of them is no error."""
    code = "```python\n" + "x = {1: [2]}\n" * 80 + "```"
    segments = [user(code, query="What is x?", name="code"), user("Hi.", query="What is x?", name="short")]
    for policy in (Policy(stable=False, rate=0.5, min_tokens=0), Policy(target_tokens=10, min_tokens=0)):
        result = run(segments, policy)
        assert [segment.text for segment in result.segments] == [code, "Hi."]
