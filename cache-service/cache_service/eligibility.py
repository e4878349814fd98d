"""Decides what may be looked up, and what only the exact tier may serve; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cache_service.requests import Body, CanonicalRequest
from cache_service.terms import Api, Bypass, ExactOnly

# No provider's default is higher: whoever asks for more asks for variety, which a replay would deny.
VARIETY_TEMPERATURE = 1.0

# Whole texts that only the conversation explains. Compared without case, punctuation and white space at the ends.
FOLLOW_UPS = re.compile(
    r"""(
      (yes|yeah|yep|no|nope|ok|okay|sure|fine|right|correct|exactly|maybe|please|thanks|thank\ you)
        (,?\ (please|thanks|thank\ you|do(\ it|\ that)?|go\ ahead|continue))?
    | (please\ )?(continue|go\ on|go\ ahead|carry\ on|keep\ going|proceed|next|more|again|try\ again|retry|repeat\ that)(\ please)?
    | why(\ not|\ so|\ is\ that)? | how(\ so|\ come)? | what | who | when | where | which(\ one)? | really | and(\ (then|now|you))?
    | (and\ )?(the\ )?(first|second|third|fourth|fifth|last|next|previous|other|former|latter)(\ (one|ones|option|part|point))?
    | (this|that|these|those|both|all|neither|either)(\ (one|ones))?(\ please)?
    | do\ (it|that|this|so)(\ (again|now))? | tell\ me\ more(\ about\ (it|that|this|them))? | what\ else | anything\ else | such\ as
    | (please\ )?(explain|elaborate|summari[sz]e|translate|rewrite|shorten|fix|expand)(\ (it|that|this|them))?(\ (please|again|further))?
    | (and\ )?(what|how)\ about\ .{1,60}
    | ja | nein | doch | gut | genau | bitte | danke | weiter | mach\ weiter | warum(\ nicht)? | wieso | wie | und | noch\ mal | nochmal
    | (und\ )?(der|die|das)\ (erste|zweite|dritte|letzte|andere|n[äa]chste)[nrs]? | beide | (ja|nein),?\ bitte | mehr(\ dazu)? | und\ was\ ist\ mit\ .{1,60}
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# Short texts that lean on something said before.
POINTERS = re.compile(
    r"\b(it|that|this|these|those|them|they|its|their|he|she|him|her|one|ones|above|previous|earlier|das|dies\w*|davon|dazu|damit|daran|sie|ihn|ihm|oben)\b",
    re.IGNORECASE,
)
SHORT_WORDS = 6

TIME_BOUND = re.compile(
    r"""\b(
      today('s)? | tonight | tomorrow | yesterday | now | nowadays | currently | current | latest | newest | recent | recently | just\ released
    | (this|next|last|past|coming)\ (second|minute|hour|morning|afternoon|evening|night|week|weekend|month|quarter|year)
    | at\ the\ moment | at\ present | as\ of | up\ to\ date | upcoming | live\ score | breaking\ news
    | what\ (time|day|date|year)\ is | what's\ the\ (time|date)
    | heute | heutige[nrms]? | jetzt | gestern | morgen | derzeit | zurzeit | momentan | gegenw[äa]rtig\w* | aktuell\w* | neueste[nrms]? | k[üu]rzlich
    | (diese[rnms]?|n[äa]chste[rnms]?|letzte[rnms]?)\ (woche|wochenende|monat|quartal|jahr|nacht) | wie\ sp[äa]t
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Eligibility:
    """What a request may have: nothing (`bypass`), the exact tier (`exact_only`), or both tiers."""

    bypass: Bypass | None = None
    exact_only: ExactOnly | None = None


def judge(api: Api, request: CanonicalRequest, *, max_temperature: float) -> Eligibility:
    """The verdict on a request, without the length of its text, which only the embedder can tell."""
    bypass = next(_bypasses(api, request, max_temperature), None)
    return Eligibility(bypass) if bypass else Eligibility(exact_only=next(_exact_only(request, max_temperature), None))


def _bypasses(api: Api, request: CanonicalRequest, max_temperature: float) -> Iterator[Bypass]:
    body = request.body
    if _opted_out(body):
        yield Bypass.CLIENT
    if _number(body, "n", 1) != 1 or _several_prompts(api, body):
        yield Bypass.SEVERAL_ANSWERS
    if _wants_logprobs(body):
        yield Bypass.LOGPROBS
    if _needs_server_state(body):
        yield Bypass.SERVER_STATE
    if body.get("audio") or set(_strings(body.get("modalities"))) - {"text"}:
        yield Bypass.NOT_TEXT_OUTPUT
    if not request.query:
        yield Bypass.NO_TEXT
    if _number(body, "temperature", 0) > max(VARIETY_TEMPERATURE, max_temperature):
        yield Bypass.TEMPERATURE


def _opted_out(body: Body) -> bool:
    cache, own = body.get("cache"), body.get("pith")
    refuses = isinstance(cache, dict) and bool(cache.get("no-cache") or cache.get("no-store"))
    return refuses or cache is False or (isinstance(own, dict) and own.get("cache") is False)


def _several_prompts(api: Api, body: Body) -> bool:
    prompt = body.get("prompt")
    return api is Api.TEXT and isinstance(prompt, list) and len(prompt) > 1 and not isinstance(prompt[0], Decimal)


def _wants_logprobs(body: Body) -> bool:
    logprobs = body.get("logprobs")
    asked = logprobs is not None and logprobs is not False
    return asked or bool(body.get("top_logprobs")) or "message.output_text.logprobs" in _strings(body.get("include"))


def _needs_server_state(body: Body) -> bool:
    if any(body.get(field) for field in ("previous_response_id", "conversation", "store", "background")):
        return True
    items = body.get("input")
    return (
        any(isinstance(item, dict) and item.get("type") == "item_reference" for item in items or ())
        if isinstance(items, list)
        else False
    )


def _exact_only(request: CanonicalRequest, max_temperature: float) -> Iterator[ExactOnly]:
    last = request.last_user
    if last != len(request.turns) - 1 or request.turns[last].tools:
        yield ExactOnly.TOOLS_PENDING
    if any(turn.other_parts for turn in request.turns):
        yield ExactOnly.NON_TEXT_INPUT
    if _number(request.body, "temperature", 0) > max_temperature:
        yield ExactOnly.TEMPERATURE
    if is_follow_up(request.query, in_conversation=any(turn.role == "assistant" for turn in request.turns)):
        yield ExactOnly.FOLLOW_UP
    if TIME_BOUND.search(request.query):
        yield ExactOnly.TIME_BOUND


def is_follow_up(text: str, *, in_conversation: bool) -> bool:
    """Whether a text means something only after what was said before it."""
    words = " ".join(text.split()).strip(" .,;:!?…")
    if len(words) <= 80 and FOLLOW_UPS.fullmatch(words):
        return True
    return in_conversation and len(words.split()) <= SHORT_WORDS and POINTERS.search(words) is not None


def _number(body: Body, field: str, default: int) -> Decimal:
    value = body.get(field)
    return value if isinstance(value, Decimal) else Decimal(default)


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
