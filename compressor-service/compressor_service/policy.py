"""What a caller wants, resolved against what the operator allows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Protocol

from compressor_service.pacing import LOSSLESS, SENTENCES, TIERS

# Raised whenever the rules change in a way that can change a result.
_REVISION = 2


class Profile(Enum):
    """How far compression may go; the values are in order."""

    OFF = 1
    LOSSLESS = 2
    SAFE = 3
    BALANCED = 4
    MAX = 5


RATES = {Profile.OFF: 1.0, Profile.LOSSLESS: 1.0, Profile.SAFE: 0.5, Profile.BALANCED: 0.5, Profile.MAX: 0.33}
# BALANCED goes further where a question says what matters and the text is long.
RETRIEVAL_RATE = 0.33
RETRIEVAL_TOKENS = 1_000
MIN_TOKENS = 250
BALANCED_MIN_TOKENS = 500
# The lowest rate that a server or a tenant allows whose furthest profile this is.
_FLOORS = {
    Profile.OFF: 1.0,
    Profile.LOSSLESS: 1.0,
    Profile.SAFE: 0.5,
    Profile.BALANCED: RETRIEVAL_RATE,
    Profile.MAX: 0.0,
}
# The highest engine that a profile runs.
_HIGHEST = {Profile.LOSSLESS: LOSSLESS, Profile.SAFE: SENTENCES}


@dataclass(frozen=True, slots=True)
class RateRange:
    """A rate, or where given a target, for segments of min_tokens <= n < max_tokens (0: no upper limit)."""

    min_tokens: int
    max_tokens: int
    rate: float = 1.0
    target_tokens: int = 0

    def holds(self, tokens: int) -> bool:
        """Say whether a segment of this size lies in the range."""
        return self.min_tokens <= tokens and (not self.max_tokens or tokens < self.max_tokens)

    def rate_for(self, tokens: int) -> float:
        """Return the rate for a segment of this size."""
        return min(self.target_tokens / max(tokens, 1), 1.0) if self.target_tokens else self.rate


@dataclass(frozen=True, slots=True)
class Policy:
    """A caller's wishes; None and empty take the operator's defaults."""

    profile: Profile | None = None
    rate: float | None = None
    target_tokens: int | None = None
    min_tokens: int | None = None
    ranges: tuple[RateRange, ...] = ()
    force_tokens: tuple[str, ...] = ()
    protect_extra: tuple[str, ...] = ()
    compress_system: bool = False
    engine: str = ""
    stable: bool = True
    tags: bool | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the operator sets for one tenant, or for all: the wishes of a request without any, and how far one may go."""

    profile: Profile = Profile.BALANCED
    furthest: Profile = Profile.MAX
    min_tokens: int | None = None
    rate: float | None = None
    ranges: tuple[RateRange, ...] = ()
    force_tokens: tuple[str, ...] = ()
    protect_extra: tuple[str, ...] = ()
    compress_system: bool = False
    engine: str = ""
    tags: bool = False


class Policies(Protocol):
    """Knows what the operator set for each tenant."""

    def defaults_for(self, tenant_id: str) -> Defaults:
        """Return the defaults of one tenant; must not block."""
        ...


class FixedPolicies:
    """The same defaults for every tenant."""

    def __init__(self, defaults: Defaults | None = None) -> None:
        self._defaults = defaults or Defaults()

    def defaults_for(self, tenant_id: str) -> Defaults:  # noqa: ARG002
        """Return the defaults."""
        return self._defaults


@dataclass(frozen=True)
class Rules:
    """A policy with every default filled in; no rate means the profile's own."""

    profile: Profile
    rate: float | None
    floor: float
    target_tokens: int | None
    min_tokens: int
    ranges: tuple[RateRange, ...]
    force_tokens: tuple[str, ...]
    protect_extra: tuple[str, ...]
    compress_system: bool
    engine: str
    stable: bool
    tags: bool

    @property
    def asked_for_rate(self) -> bool:
        """Whether somebody named a rate or a target."""
        return self.rate is not None or self.target_tokens is not None or bool(self.ranges)

    def rate_for(self, tokens: int, *, eligible: int | None = None, asked: bool = False) -> float:
        """Return the upper bound on the kept share of a segment: its size, its eligible part, whether it has a question."""
        for size in self.ranges:
            if size.holds(tokens):
                return max(size.rate_for(tokens), self.floor)
        if self.rate is not None:
            return self.rate
        if (
            self.profile is Profile.BALANCED
            and asked
            and (tokens if eligible is None else eligible) >= RETRIEVAL_TOKENS
        ):
            return RETRIEVAL_RATE
        return RATES[self.profile]

    @cached_property
    def version(self) -> str:
        """A name for these rules that changes when they can lead to another result."""
        digest = hashlib.blake2b(repr(self).encode(), digest_size=6).hexdigest()
        return f"{_REVISION}-{self.profile.name.lower()}-{digest}"


def resolve(policy: Policy, defaults: Defaults) -> tuple[Rules, list[str]]:
    """Fill in the defaults; where a wish goes further than the operator allows, tighten it and say so."""
    warnings: list[str] = []
    profile = _profile(policy, defaults, warnings)
    floor = max(_FLOORS[defaults.furthest], _FLOORS[profile] if profile is Profile.SAFE else 0.0)
    wished = policy.rate is not None or policy.ranges
    rate, ranges = (policy.rate, policy.ranges) if wished else (defaults.rate, defaults.ranges)
    if _lowest(rate, ranges) < floor:
        warnings.append(f"rates below {floor} are raised to it, the lowest that this tenant or profile allows")
    if policy.target_tokens is not None and policy.stable:
        warnings.append("target_tokens weighs the request as a whole: results can change when the conversation grows")
    rules = Rules(
        profile=profile,
        rate=None if rate is None else max(rate, floor),
        floor=floor,
        target_tokens=policy.target_tokens,
        min_tokens=_min_tokens(policy, defaults, profile),
        ranges=tuple(
            RateRange(one.min_tokens, one.max_tokens, max(one.rate, floor), one.target_tokens) for one in ranges
        ),
        force_tokens=(*defaults.force_tokens, *policy.force_tokens),
        protect_extra=(*defaults.protect_extra, *policy.protect_extra),
        compress_system=policy.compress_system or defaults.compress_system,
        engine=_engine(policy.engine or defaults.engine, profile, warnings),
        stable=policy.stable,
        tags=defaults.tags if policy.tags is None else policy.tags,
    )
    return rules, warnings


def _profile(policy: Policy, defaults: Defaults, warnings: list[str]) -> Profile:
    profile = policy.profile or defaults.profile
    if profile.value <= defaults.furthest.value:
        return profile
    warnings.append(
        f"profile {profile.name} is tightened to {defaults.furthest.name}, the furthest that is allowed here"
    )
    return defaults.furthest


def _min_tokens(policy: Policy, defaults: Defaults, profile: Profile) -> int:
    """A floor of BALANCED's own goes with its own rate."""
    named = defaults.min_tokens if policy.min_tokens is None else policy.min_tokens
    if named is not None:
        return named
    asked = policy.rate is not None or policy.target_tokens is not None or policy.ranges or policy.engine
    own = asked or defaults.rate is not None or defaults.ranges
    return BALANCED_MIN_TOKENS if profile is Profile.BALANCED and not own else MIN_TOKENS


def _engine(name: str, profile: Profile, warnings: list[str]) -> str:
    highest = _HIGHEST.get(profile)
    if not name or highest is None or TIERS.index(name) >= TIERS.index(highest):
        return name
    warnings.append(f"engine {name} is tightened to {highest}, the highest of profile {profile.name}")
    return highest


def _lowest(rate: float | None, ranges: Sequence[RateRange]) -> float:
    return min([1.0 if rate is None else rate, *(one.rate for one in ranges if not one.target_tokens)])
