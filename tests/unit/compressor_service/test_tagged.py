"""Texts with compression tags, through the whole pipeline."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from compressor_service.conversation import Role, Segment, Skip
from compressor_service.outcomes import Outcome
from compressor_service.policy import Policy
from compressor_service.spans import Reason, covers, join_kept
from fakes_compressor import LongWords, long_text, new_compressor, run, user

QUESTION = "Who counts the barrels?"
TAGS = Policy(tags=True)
HEAD = f"Keep this.\n\n{long_text(8)}\n\n"
BODY = long_text(14)


def outcome(text: str, policy: Policy = TAGS) -> tuple[str, Outcome]:
    """Return what a tagged user message becomes."""
    segment = run([user(text, query=QUESTION)], policy).segments[0]
    assert covers(segment.spans, len(text))
    assert join_kept(text, segment.spans) == segment.text
    return segment.text, segment.outcome


def test_only_the_tagged_part_is_compressed_and_the_rest_is_there_to_the_letter() -> None:
    """What stands before and after the tags stays, the tags go, and the receipt says why."""
    text = f"{HEAD}<LLMLINGUA>{BODY}</LLMLINGUA>\n\nAnd this.  \t\n"
    sent, found = outcome(text)
    assert sent.startswith(HEAD)
    assert sent.endswith("\n\nAnd this.  \t\n")
    assert "LLMLINGUA" not in sent
    assert found.engine == "sentences"
    assert len(sent) < len(HEAD) + 0.7 * len(BODY)
    assert [text[s.start : s.end] for s in found.spans if s.reason is Reason.TAG and not s.kept] == [
        "<LLMLINGUA>",
        "</LLMLINGUA>",
    ]


def test_each_part_has_its_own_rate() -> None:
    """A rate in a tag beats the request's; compress=False keeps every byte."""
    text = (
        f"<llmlingua, rate=0.2>{BODY}</llmlingua>|<llmlingua, compress=False>{BODY}</llmlingua>|"
        f"<llmlingua>{BODY}</llmlingua>"
    )
    low, whole, half = outcome(text, replace(TAGS, rate=0.6))[0].split("|")
    assert len(low) < 0.25 * len(BODY)
    assert whole == BODY
    assert 0.45 * len(BODY) < len(half) < 0.65 * len(BODY)


def test_tags_are_text_unless_somebody_asks() -> None:
    """By default nothing is known of tags, and they are not dropped."""
    text = f"<LLMLINGUA>{BODY}</LLMLINGUA>"
    assert "LLMLINGUA" in outcome(text, Policy(rate=0.9))[0]
    locked = run([replace(user(text, query=QUESTION), locked=True)], TAGS).segments[0]
    assert (locked.text, locked.outcome.skip) == (text, Skip.LOCKED)


def test_a_short_part_loses_its_tags_only() -> None:
    """Too short to be cut, unless its tag names a rate: then the author means it."""
    sent, found = outcome("Before <LLMLINGUA>It rains. It pours.</LLMLINGUA> after")
    assert (sent, found.engine) == ("Before It rains. It pours. after", "lossless")
    short = f"<llmlingua, rate=0.5>{long_text(3)}</llmlingua>"
    assert len(outcome(short)[0]) < 0.6 * len(short)


def test_a_message_whose_question_is_not_found_is_cut_where_it_is_tagged() -> None:
    """The tags say what may change, so the message need not stay whole; later turns send the same bytes."""
    compressor = new_compressor(words=LongWords())
    document = user(f"Notes.\n\n<LLMLINGUA>{BODY}</LLMLINGUA>", name="d")
    first = run([document], TAGS, compressor=compressor).segments[0]
    assert len(first.text) < 0.7 * len(document.text)
    grown = [document, Segment("a", Role.ASSISTANT, "Go on."), user(QUESTION, name="q")]
    assert run(grown, TAGS, compressor=compressor).segments[0].text == first.text


def test_words_do_not_fuse_over_a_tag() -> None:
    """Where dropping the first sentence would glue two words together the part stays as it is."""
    text = f"Wood<llmlingua, rate=0.3>pecker flew away. {BODY}</llmlingua>"
    assert outcome(text)[0].startswith("Woodpecker flew away. ")


PIECE = st.sampled_from(
    [
        "<LLMLINGUA>",
        "</LLMLINGUA>",
        "<llmlingua, rate=0.3>",
        "</llmlingua>",
        long_text(3),
        "x = `</llmlingua>`\n",
        " Ü😀. ",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(PIECE, min_size=1, max_size=9).map("".join))
def test_untagged_text_is_never_lost(text: str) -> None:
    """Whatever the tags look like: the receipt joins, nothing grows, and only tagged parts have dropped sentences."""
    segment = run([user(text, query=QUESTION)], replace(TAGS, min_tokens=0)).segments[0]
    assert covers(segment.spans, len(text))
    assert join_kept(text, segment.spans) == segment.text
    assert segment.outcome.tokens_after <= segment.outcome.tokens_before
