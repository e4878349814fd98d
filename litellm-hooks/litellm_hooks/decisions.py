"""The closed set of words for what the hooks decided: the same in headers, counters and logs."""

from enum import StrEnum


class CacheDecision(StrEnum):
    """What became of the cache lookup of one request."""

    HIT_EXACT = "hit-exact"
    HIT_SEMANTIC = "hit-semantic"
    MISS = "miss"
    # Decided in the hooks.
    NOT_ASKED = "bypass;not-asked"  # no guardrail ran: the request holds no text, or the key switched guardrails off
    DISABLED = "bypass;disabled"
    ROUTE = "bypass;route"
    NO_TENANT = "bypass;no-tenant"
    OPT_OUT = "bypass;opt-out"
    POLICY = "bypass;policy"
    NOT_JSON = "bypass;not-json"
    NOT_SERVED = "bypass;not-served"  # found, but LiteLLM asked the provider
    # The service could not be asked, or its answer could not be used.
    TIMEOUT = "bypass;timeout"
    UNAVAILABLE = "bypass;unavailable"
    BREAKER_OPEN = "bypass;breaker-open"
    OVERLOADED = "bypass;overloaded"
    REFUSED = "bypass;refused"
    BAD_ANSWER = "bypass;bad-answer"
    ERROR = "bypass;error"
    # The service decided.
    SEVERAL_ANSWERS = "bypass;several-answers"
    LOGPROBS = "bypass;logprobs"
    SERVER_STATE = "bypass;server-state"
    NO_TEXT = "bypass;no-text"
    CLIENT = "bypass;client"
    TEMPERATURE = "bypass;temperature"
    NOT_TEXT_OUTPUT = "bypass;not-text-output"
    SCOPE = "bypass;scope"
    UNSPECIFIED = "bypass;unspecified"

    @property
    def is_hit(self) -> bool:
        """Whether a stored answer was found."""
        return self in (CacheDecision.HIT_EXACT, CacheDecision.HIT_SEMANTIC)


class CompressionDecision(StrEnum):
    """What became of the compression of one request."""

    APPLIED = "applied"
    # Decided in the hooks.
    NOT_ASKED = "skipped;not-asked"
    DISABLED = "skipped;disabled"
    ROUTE = "skipped;route"
    NO_TENANT = "skipped;no-tenant"
    OPT_OUT = "skipped;opt-out"
    POLICY = "skipped;policy"
    HIT = "skipped;hit"
    MISALIGNED = "skipped;misaligned"  # our walk of the request differs from LiteLLM's
    # The service could not be asked, or its answer could not be used.
    TIMEOUT = "skipped;timeout"
    UNAVAILABLE = "skipped;unavailable"
    BREAKER_OPEN = "skipped;breaker-open"
    OVERLOADED = "skipped;overloaded"
    REFUSED = "skipped;refused"
    BAD_ANSWER = "skipped;bad-answer"
    ERROR = "skipped;error"
    # The service decided.
    NOTHING_ELIGIBLE = "skipped;nothing-eligible"
    TOO_SHORT = "skipped;too-short"
    PROTECTED_CONTENT = "skipped;protected-content"
    SERVICE_POLICY = "skipped;service-policy"
    NOT_SHORTER = "skipped;not-shorter"
    NO_BUDGET = "skipped;no-budget"
    VERIFICATION = "skipped;verification"
    NET_LOSS = "skipped;net-loss"


class Failure(StrEnum):
    """Why a service gave no usable answer; each has its word in both decisions."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    BREAKER_OPEN = "breaker-open"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    BAD_ANSWER = "bad-answer"
    ERROR = "error"

    @property
    def of_cache(self) -> CacheDecision:
        """The cache decision that this failure leads to."""
        return CacheDecision(f"bypass;{self.value}")

    @property
    def of_compression(self) -> CompressionDecision:
        """The compression decision that this failure leads to."""
        return CompressionDecision(f"skipped;{self.value}")
