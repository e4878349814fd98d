"""Decides what may be looked up, served and stored, and what only the exact tier may serve; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cache_service.requests import Body, CanonicalRequest
from cache_service.standalone import is_follow_up, is_time_bound
from cache_service.terms import Api, Bypass, ExactOnly

# No provider's default is higher: whoever asks for more asks for variety, which a replay would deny.
VARIETY_TEMPERATURE = 1.0
# Tools that the provider runs on a world that changes.
LIVE_TOOLS = ("web_search", "web_fetch", "file_search", "mcp")
# Where the answer depends on what the provider keeps, under a name that stays while what it names changes.
STATE_FIELDS = ("previous_response_id", "conversation", "store", "background", "container", "mcp_servers")


@dataclass(frozen=True)
class Wishes:
    """What the caller allows: to be served an entry, to have the answer stored, how old and for how long."""

    serve: bool = True
    store: bool = True
    max_age_s: float | None = None
    ttl_s: float | None = None

    def tightened(self, other: "Wishes") -> "Wishes":
        """What both allow."""
        return Wishes(
            self.serve and other.serve,
            self.store and other.store,
            _smaller(self.max_age_s, other.max_age_s),
            _smaller(self.ttl_s, other.ttl_s),
        )


NO_WISHES = Wishes()


def read_wishes(body: Body) -> Wishes:
    """The wishes in a body, as LiteLLM's clients write them: `cache: {"no-cache", "no-store", "s-maxage", "ttl"}`."""
    cache, own = body.get("cache"), body.get("pith")
    if cache is False or (isinstance(own, dict) and own.get("cache") is False):
        return Wishes(serve=False, store=False)
    if not isinstance(cache, dict):
        return NO_WISHES
    ttl_s = _seconds(cache.get("ttl"))
    return Wishes(
        serve=not cache.get("no-cache"),
        store=not cache.get("no-store") and ttl_s != 0,
        max_age_s=_smaller(_seconds(cache.get("s-maxage")), _seconds(cache.get("s-max-age"))),
        ttl_s=ttl_s,
    )


def find_bypass(api: Api, request: CanonicalRequest, *, max_temperature: float, wishes: Wishes) -> Bypass | None:
    """Why a request is neither looked up nor stored; None when it is."""
    return next(_bypasses(api, request, max_temperature, wishes), None)


def find_exact_only(request: CanonicalRequest, *, max_temperature: float) -> ExactOnly | None:
    """Why the semantic tier is closed to a request, whatever the embedder can read; None when it is open."""
    return next(_exact_only(request, max_temperature), None)


def _bypasses(api: Api, request: CanonicalRequest, max_temperature: float, wishes: Wishes) -> Iterator[Bypass]:
    body = request.body
    if not (wishes.serve or wishes.store):
        yield Bypass.CLIENT
    if _number(body, "n", 1) != 1 or _several_prompts(api, body):
        yield Bypass.SEVERAL_ANSWERS
    if _wants_logprobs(body):
        yield Bypass.LOGPROBS
    if _needs_state(api, body):
        yield Bypass.SERVER_STATE
    if body.get("audio") or set(_strings(body.get("modalities"))) - {"text"}:
        yield Bypass.NOT_TEXT_OUTPUT
    if not request.query:
        yield Bypass.NO_TEXT
    if _number(body, "temperature", 0) > max(VARIETY_TEMPERATURE, max_temperature):
        yield Bypass.TEMPERATURE


def _several_prompts(api: Api, body: Body) -> bool:
    prompt = body.get("prompt")
    return api is Api.TEXT and isinstance(prompt, list) and len(prompt) > 1 and isinstance(prompt[0], str | list)


def _wants_logprobs(body: Body) -> bool:
    logprobs = body.get("logprobs")
    asked = logprobs is not None and logprobs is not False
    return asked or bool(body.get("top_logprobs")) or "message.output_text.logprobs" in _strings(body.get("include"))


def _needs_state(api: Api, body: Body) -> bool:
    """Whether the answer depends on more than the body: on what the provider keeps, or on the world as it is now."""
    if any(body.get(field) for field in STATE_FIELDS) or body.get("web_search_options") is not None:
        return True
    if any(str(tool.get("type", "")).startswith(LIVE_TOOLS) for tool in _objects(body.get("tools"))):
        return True
    if api is not Api.RESPONSES:
        return False
    references = any(item.get("type") == "item_reference" for item in _objects(body.get("input")))
    return references or bool(body.get("prompt"))


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
    if is_time_bound(request.query):
        yield ExactOnly.TIME_BOUND


def _number(body: Body, field: str, default: float) -> float | Decimal:
    value = body.get(field)
    return value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else default


def _seconds(value: Any) -> float | None:
    """A number of seconds, at least 0; None for what is none."""
    return max(0.0, float(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def _smaller(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _objects(value: Any) -> list[Body]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
