"""The words of the cache: whose request it is, what was asked, what was decided; pure."""

from dataclasses import dataclass
from enum import Enum


class Api(Enum):
    """The API whose request is looked up."""

    CHAT = "chat"
    TEXT = "text"
    MESSAGES = "messages"
    RESPONSES = "responses"


class Mode(Enum):
    """Which tiers a lookup may use."""

    EXACT_THEN_SEMANTIC = "exact_then_semantic"
    EXACT = "exact"
    SEMANTIC = "semantic"
    SHADOW = "shadow"
    OFF = "off"


class ScopeWidth(Enum):
    """How far entries are shared."""

    USER = "user"
    KEY = "key"
    TENANT = "tenant"
    POOL = "pool"


class Outcome(Enum):
    """What a lookup decided."""

    HIT = "hit"
    MISS = "miss"
    BYPASS = "bypass"


class HitKind(Enum):
    """Which tier found the answer."""

    EXACT = "exact"
    SEMANTIC = "semantic"


class Bypass(Enum):
    """Why a request is neither looked up nor stored."""

    POLICY = "policy"
    SEVERAL_ANSWERS = "several_answers"
    LOGPROBS = "logprobs"
    SERVER_STATE = "server_state"
    NO_TEXT = "no_text"
    CLIENT = "client"
    TEMPERATURE = "temperature"
    NOT_TEXT_OUTPUT = "not_text_output"
    SCOPE = "scope"


class ExactOnly(Enum):
    """Why the semantic tier is closed to a request that the exact tier may serve."""

    TOOLS_PENDING = "tools_pending"
    NON_TEXT_INPUT = "non_text_input"
    FOLLOW_UP = "follow_up"
    TIME_BOUND = "time_bound"
    TOO_LONG = "too_long"
    UNKNOWN_WORDS = "unknown_words"
    TEMPERATURE = "temperature"
    NO_EMBEDDER = "no_embedder"


class Veto(Enum):
    """Why an entry that was near is not served."""

    SIMILARITY = "similarity"
    NUMBERS = "numbers"
    NEGATION = "negation"
    ANTONYM = "antonym"
    ENTITY = "entity"
    DIRECTION = "direction"
    CONSTRAINT = "constraint"
    FORMAT = "format"
    ERROR_BOUND = "error_bound"
    REPORTED = "reported"
    AGE = "age"
    INELIGIBLE = "ineligible"
    COLLISION = "collision"


class Rejection(Enum):
    """Why an answer is not stored."""

    FINISH_REASON = "finish_reason"
    TOOL_CALLS = "tool_calls"
    EMPTY = "empty"
    FORMAT = "format"
    TOO_LARGE = "too_large"
    SEVERAL_ANSWERS = "several_answers"
    REFUSAL = "refusal"
    INVALIDATED = "invalidated"
    POLICY = "policy"
    ERROR = "error"


@dataclass(frozen=True)
class Scope:
    """Whose entries are meant."""

    tenant_id: str
    key_id: str = ""
    user_id: str = ""
    pool: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer in one format, as the caller handed it over."""

    format: str
    body: bytes


@dataclass(frozen=True)
class Saved:
    """What a call cost and a hit saves."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


NOTHING_SAVED = Saved()


@dataclass(frozen=True)
class Source:
    """A document an answer rests on."""

    id: str
    version: str = ""


@dataclass(frozen=True)
class Policy:
    """What the operator allows in a namespace, which is a tenant."""

    namespace: str
    scope_width: ScopeWidth = ScopeWidth.TENANT
    ttl_s: float = 3600.0
    modes: tuple[Mode, ...] = ()
    max_temperature: float = 1.0
    etag: str = ""
    # Wrong hits per hit that are acceptable; 0 leaves the exact tier alone.
    max_wrong_hit_rate: float = 0.03
    # Under POOL: the pool this tenant shares.
    pool: str = ""
    # In a namespace "pool:<name>": who may read the pool, and whose answers are stored in it.
    pool_members: tuple[str, ...] = ()
    pool_curators: tuple[str, ...] = ()
    # Entries older than this are fetched anew by one caller while others are still served; 0: never.
    stale_after_s: float = 0.0
    # Share of would-be hits that are checked at the provider; None: the service's.
    shadow_rate: float | None = None

    def allows(self, mode: Mode) -> bool:
        """Whether a request may ask for this mode."""
        return not self.modes or mode in self.modes
