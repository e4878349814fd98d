"""What is wrong with a request, said with the field and the limit; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from compressor_service.conversation import Segment
from compressor_service.pacing import TIERS
from compressor_service.policy import Policy, RateRange
from grpc_serving.errors import FailedPrecondition, InvalidArgument

_MAX_PHRASES = 100
_MAX_PHRASE_CHARACTERS = 500
_MAX_RANGES = 100
_MAX_ID_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold."""

    max_segments: int = 2_000
    max_text_bytes: int = 2_000_000


def check_count(count: int, limits: Limits) -> None:
    """Refuse a request without segments or with too many."""
    if not count:
        raise InvalidArgument("segments", "at least one segment is needed")
    if count > limits.max_segments:
        raise InvalidArgument("segments", f"at most {limits.max_segments} segments, not {count}")


def check_segments(segments: Sequence[Segment], limits: Limits) -> None:
    """Refuse repeated ids and texts that are too long."""
    seen: dict[str, int] = {}
    for index, segment in enumerate(segments):
        where = f"segments[{index}]"
        if segment.id in seen:
            raise InvalidArgument(f"{where}.id", f"must be unique; segments[{seen[segment.id]}] has the same id")
        seen[segment.id] = index
        if len(segment.id) > _MAX_ID_CHARACTERS:
            raise InvalidArgument(f"{where}.id", f"at most {_MAX_ID_CHARACTERS} characters")
        texts = {"text": segment.text, "query": segment.query, "tool_call.arguments": segment.call_arguments}
        for name, text in texts.items():
            _check_length(f"{where}.{name}", text, limits.max_text_bytes)


def _check_length(field: str, text: str, max_bytes: int) -> None:
    if len(text) * 4 <= max_bytes:
        return
    size = len(text.encode())
    if size > max_bytes:
        raise InvalidArgument(field, f"at most {max_bytes} bytes of UTF-8, not {size}")


def check_budget(budget_ms: float) -> None:
    """Refuse a budget that is negative or not a number."""
    if not math.isfinite(budget_ms) or budget_ms < 0:
        raise InvalidArgument("budget_ms", "must be a finite number of at least 0 (0: the server's default)")


def check_policy(policy: Policy, engines: Sequence[str] = TIERS) -> None:
    """Refuse rates outside (0, 1], impossible ranges, too many phrases and engines that are not among those that run."""
    if policy.rate is not None:
        check_rate("policy.rate", policy.rate)
    if policy.target_tokens is not None and policy.target_tokens < 1:
        raise InvalidArgument("policy.target_tokens", "must be at least 1")
    check_ranges("policy.ranges", policy.ranges)
    check_phrases("policy.force_tokens", policy.force_tokens)
    check_phrases("policy.protect_extra", policy.protect_extra)
    check_engine("policy.engine", policy.engine, engines)


def check_ranges(field: str, ranges: Sequence[RateRange]) -> None:
    """Refuse too many ranges, empty ones and impossible rates."""
    if len(ranges) > _MAX_RANGES:
        raise InvalidArgument(field, f"at most {_MAX_RANGES}, not {len(ranges)}")
    for index, size in enumerate(ranges):
        check_rate(f"{field}[{index}].rate", size.rate)
        if size.max_tokens and size.max_tokens <= size.min_tokens:
            raise InvalidArgument(f"{field}[{index}].max_tokens", "must be above min_tokens, or 0 for no upper limit")


def check_rate(field: str, rate: float) -> None:
    """Refuse a rate outside (0, 1]."""
    if not 0 < rate <= 1:  # false for NaN, too
        raise InvalidArgument(field, "must be above 0 and at most 1")


def check_phrases(field: str, phrases: Sequence[str]) -> None:
    """Refuse too many phrases, blank ones and long ones."""
    if len(phrases) > _MAX_PHRASES:
        raise InvalidArgument(field, f"at most {_MAX_PHRASES}, not {len(phrases)}")
    for index, phrase in enumerate(phrases):
        if not phrase.strip():
            raise InvalidArgument(f"{field}[{index}]", "must not be blank")
        if len(phrase) > _MAX_PHRASE_CHARACTERS:
            raise InvalidArgument(f"{field}[{index}]", f"at most {_MAX_PHRASE_CHARACTERS} characters")


def check_engine(field: str, name: str, engines: Sequence[str]) -> None:
    """Refuse an engine that does not exist, or that is not loaded on this server."""
    if not name or name in engines:
        return
    if name not in TIERS:
        raise InvalidArgument(field, f"no such engine; known are {', '.join(TIERS)}")
    raise FailedPrecondition(
        f"engine {name} is not loaded on this server: PITH_COMPRESSOR_WORD_ENGINE or PITH_COMPRESSOR_EXTRA_ENGINES "
        "names what is loaded at the start"
    )
