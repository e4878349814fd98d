"""Policies."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.policy import RATES, Defaults, FixedPolicies, Policy, Profile, RateRange, Rules, resolve


def rules(policy: Policy | None = None, defaults: Defaults | None = None) -> Rules:
    """Resolve a policy, the warnings aside."""
    return resolve(policy or Policy(), defaults or Defaults())[0]


def test_an_empty_policy_takes_the_defaults() -> None:
    """BALANCED, from 500 eligible tokens on, without tags."""
    found, warnings = resolve(Policy(), FixedPolicies().defaults_for("anybody"))
    assert (found.profile, found.min_tokens, found.stable, found.tags) == (Profile.BALANCED, 500, True, False)
    assert not found.asked_for_rate
    assert warnings == []


@pytest.mark.parametrize(
    ("profile", "eligible", "asked", "rate"),
    [
        (Profile.BALANCED, 500, True, 0.5),
        (Profile.BALANCED, 999, True, 0.5),
        (Profile.BALANCED, 1_000, True, 0.33),
        (Profile.BALANCED, 5_000, False, 0.5),
        (Profile.SAFE, 5_000, True, 0.5),
        (Profile.MAX, 500, False, 0.33),
        (Profile.LOSSLESS, 5_000, True, 1.0),
    ],
)
def test_rates_of_the_profiles(profile: Profile, eligible: int, asked: bool, rate: float) -> None:
    """BALANCED goes further for a question over 1,000 eligible tokens and more; what is protected does not count."""
    assert rules(Policy(profile=profile)).rate_for(9_999, eligible=eligible, asked=asked) == rate


def test_the_smallest_text_follows_the_profile_and_whoever_names_a_number() -> None:
    """BALANCED's 500 belong to its own rates; a number in the request beats the operator's, which beats the profile's."""
    assert rules(Policy(profile=Profile.MAX)).min_tokens == 250
    assert rules(Policy(rate=0.5)).min_tokens == 250
    assert rules(Policy(), Defaults(min_tokens=40)).min_tokens == 40
    assert rules(Policy(min_tokens=0), Defaults(min_tokens=40)).min_tokens == 0


def test_wishes_win() -> None:
    """A named rate beats the profile's, a range beats both, and the request's wishes beat the operator's."""
    ranged = rules(Policy(rate=0.7, ranges=(RateRange(100, 200, 0.2), RateRange(200, 0, 0.3))))
    assert [ranged.rate_for(tokens) for tokens in (99, 100, 199, 200, 9_999)] == [0.7, 0.2, 0.2, 0.3, 0.3]
    operator = Defaults(rate=0.8, ranges=(RateRange(0, 0, 0.6),))
    assert rules(Policy(), operator).rate_for(9_999) == 0.6
    assert rules(Policy(rate=0.4), operator).rate_for(9_999) == 0.4


def test_a_range_can_name_a_target() -> None:
    """A target in tokens becomes the rate that leads to it; a text that is shorter already may stay."""
    targeted = rules(Policy(ranges=(RateRange(0, 0, target_tokens=300),)))
    assert [targeted.rate_for(tokens) for tokens in (200, 600, 3_000)] == [1.0, 0.5, 0.1]


def test_a_request_may_only_tighten_what_the_operator_allows() -> None:
    """Profiles and rates beyond the furthest are pulled back with a warning."""
    defaults = Defaults(furthest=Profile.SAFE)
    wild = Policy(profile=Profile.MAX, rate=0.2, ranges=(RateRange(0, 9, 0.1),))
    found, warnings = resolve(wild, defaults)
    assert (found.profile, found.rate, found.ranges[0].rate) == (Profile.SAFE, 0.5, 0.5)
    assert len(warnings) == 2
    assert resolve(Policy(profile=Profile.LOSSLESS), defaults)[1] == []
    assert rules(Policy(rate=0.1)).rate == 0.1
    assert rules(Policy(rate=0.1), Defaults(furthest=Profile.BALANCED)).rate == 0.33


def test_safe_never_goes_beyond_half_and_never_runs_word_engines() -> None:
    """Whatever the request says beside it: a rate, a target of a range, an engine."""
    found, warnings = resolve(Policy(profile=Profile.SAFE, rate=0.2, engine="tiny_onnx"), Defaults())
    assert (found.rate, found.engine) == (0.5, "sentences")
    assert len(warnings) == 2
    assert rules(Policy(profile=Profile.SAFE, ranges=(RateRange(0, 0, target_tokens=1),))).rate_for(1_000) == 0.5
    assert rules(Policy(profile=Profile.LOSSLESS, engine="sentences")).engine == "lossless"


def test_the_operators_words_and_switches_are_added() -> None:
    """Forced words of both count; a switch that the operator opens is open; tags can be refused by the request."""
    operator = Defaults(force_tokens=("a",), protect_extra=("b",), compress_system=True, engine="lossless", tags=True)
    found = rules(Policy(force_tokens=("c",), tags=False), operator)
    assert (found.force_tokens, found.protect_extra) == (("a", "c"), ("b",))
    assert (found.compress_system, found.engine, found.tags) == (True, "lossless", False)
    assert rules(Policy(), operator).tags


def test_a_target_in_stable_mode_is_warned_about() -> None:
    """A budget over the whole request changes with the conversation."""
    assert "target_tokens" in resolve(Policy(target_tokens=100), Defaults())[1][0]
    assert resolve(Policy(target_tokens=100, stable=False), Defaults())[1] == []


@given(st.sampled_from(Profile), st.floats(0.01, 1), st.integers(0, 1_000))
def test_the_version_changes_with_the_rules(profile: Profile, rate: float, min_tokens: int) -> None:
    """Equal rules share a version; a change of any wish that counts makes another."""
    policy = Policy(profile=profile, rate=rate, min_tokens=min_tokens)
    version = rules(policy).version
    assert version == rules(policy).version
    assert version != rules(replace(policy, min_tokens=min_tokens + 1)).version
    assert version != rules(replace(policy, force_tokens=("x",))).version
    assert version != rules(replace(policy, tags=True)).version


def test_rates_fall_with_the_profile() -> None:
    """The further the profile, the less is kept."""
    assert sorted(RATES.values(), reverse=True) == [RATES[profile] for profile in Profile]
