"""Compares what happened to a sample request with what its author expected; pure."""

from dataclasses import dataclass

from pith_cli.up.client import Reply
from pith_cli.up.traffic import Expect

CACHE_HEADER = "x-pith-cache"
COMPRESSION_HEADER = "x-pith-compression"


@dataclass(frozen=True)
class Verdict:
    """What a reply got right and wrong."""

    cache: str
    compression: str
    answer_kept: bool | None
    missed: tuple[str, ...]

    @property
    def is_hit(self) -> bool:
        """Whether the cache answered."""
        return is_hit(self.cache)


def is_hit(outcome: str) -> bool:
    """Say whether a cache outcome is a hit."""
    return outcome.startswith("hit-")


def decision(header: str | None) -> tuple[str, str]:
    """Split a decision header into the decision and its reason."""
    word, _, reason = (header or "none").partition(";")
    return word.strip(), reason.strip()


def judge(expect: Expect, reply: Reply) -> Verdict:
    """Say for one reply what was decided and which expectations it missed."""
    cache, cache_reason = decision(reply.headers.get(CACHE_HEADER))
    compression, compression_reason = decision(reply.headers.get(COMPRESSION_HEADER))
    missed = [f"status {reply.status}: {reply.error}"] if reply.error or reply.status != 200 else []
    missed += _differs("cache", expect.cache, got=cache, reason=cache_reason)
    # A hit never gets as far as compression.
    if not is_hit(cache):
        missed += _differs("compression", expect.compression, got=compression, reason=compression_reason)
    kept = holds(expect.answer_contains, reply.said.text) if expect.answer_contains else None
    if kept is False and not reply.error:
        missed.append(f"answer lacks {expect.answer_contains!r}: {reply.said.text[:160]!r}")
    return Verdict(cache, compression, kept, tuple(missed))


def holds(fact: str, answer: str) -> bool:
    """Say whether an answer holds a fact, whatever the case and the line breaks."""
    return _plain(fact) in _plain(answer)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _differs(what: str, expected: str, *, got: str, reason: str) -> list[str]:
    if not expected or expected == got:
        return []
    return [f"{what} {got}{f' ({reason})' if reason else ''}, expected {expected}"]
