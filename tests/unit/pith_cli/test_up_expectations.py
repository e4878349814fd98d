"""Tests of judging replies."""

from pith_cli.up.answers import Said
from pith_cli.up.client import Reply
from pith_cli.up.expectations import decision, holds, is_hit, judge
from pith_cli.up.traffic import Expect

_MISS = {"x-pith-cache": "miss", "x-pith-compression": "applied"}


def _reply(text: str, headers: dict[str, str] = _MISS, status: int = 200, error: str = "") -> Reply:
    return Reply(status, 12.0, headers, Said(text, finish_reason="stop"), error)


def test_a_reply_that_does_what_was_expected_misses_nothing() -> None:
    """Cache, compression and fact are all as the author said."""
    verdict = judge(Expect("miss", "applied", "18 weeks"), _reply("It grants 18  Weeks\nof leave."))
    assert (verdict.cache, verdict.compression, verdict.answer_kept, verdict.missed) == ("miss", "applied", True, ())
    assert not verdict.is_hit


def test_a_lost_fact_is_named() -> None:
    """An answer without its fact shows what was said instead."""
    verdict = judge(Expect("miss", "applied", "18 weeks"), _reply("No idea."))
    assert verdict.answer_kept is False
    assert verdict.missed == ("answer lacks '18 weeks': 'No idea.'",)


def test_another_cache_outcome_is_named_with_its_reason() -> None:
    """The reason of the header tells why."""
    verdict = judge(Expect("hit-exact"), _reply("x", {"x-pith-cache": "bypass;timeout"}))
    assert verdict.missed == ("cache bypass (timeout), expected hit-exact",)
    assert verdict.answer_kept is None


def test_an_exact_hit_is_not_a_semantic_one() -> None:
    """The kind of hit counts."""
    verdict = judge(Expect("hit-semantic"), _reply("x", {"x-pith-cache": "hit-exact"}))
    assert verdict.missed == ("cache hit-exact, expected hit-semantic",)
    assert verdict.is_hit


def test_a_hit_is_not_asked_for_compression() -> None:
    """Nothing is compressed for an answer that is there already."""
    headers = {"x-pith-cache": "hit-exact", "x-pith-compression": "skipped;hit"}
    assert judge(Expect("hit-exact", "applied"), _reply("x", headers)).missed == ()


def test_compression_that_did_not_happen_is_named() -> None:
    """A skipped compression shows its reason."""
    headers = {"x-pith-cache": "miss", "x-pith-compression": "skipped;too-short"}
    verdict = judge(Expect("miss", "applied"), _reply("x", headers))
    assert verdict.missed == ("compression skipped (too-short), expected applied",)


def test_an_error_is_named_once_with_its_status() -> None:
    """A failed request lacks its fact, but says only why it failed, and that no header came."""
    verdict = judge(Expect("", "", "fact"), _reply("", {}, status=502, error="bad gateway"))
    assert verdict.missed == ("status 502: bad gateway",)
    assert verdict.answer_kept is False
    assert verdict.cache == "none"


def test_words_of_headers() -> None:
    """A header is a decision and a reason; a missing one is none."""
    assert decision("bypass;no-text") == ("bypass", "no-text")
    assert decision("miss") == ("miss", "")
    assert decision(None) == ("none", "")
    assert is_hit("hit-exact")
    assert is_hit("hit-semantic")
    assert not is_hit("miss")


def test_facts_are_found_whatever_the_line_breaks() -> None:
    """White space and case say nothing about a fact; other characters do."""
    assert holds("190 euros in  London", "At most 190 Euros\nin London.")
    assert not holds("190 euros", "1900 euros")
