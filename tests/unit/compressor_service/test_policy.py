"""Policies."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.policy import RATES, Defaults, Policy, Profile, RateRange, resolve


def test_an_empty_policy_takes_the_defaults() -> None:
    """SAFE keeps half, segments under 250 tokens are left alone."""
    rules, warnings = resolve(Policy(), Defaults())
    assert (rules.profile, rules.rate, rules.min_tokens, rules.stable) == (Profile.SAFE, 0.5, 250, True)
    assert not rules.asked_for_rate
    assert warnings == []


def test_profiles_have_their_rates_and_wishes_win() -> None:
    """A named rate beats the profile's, a range beats both."""
    assert [resolve(Policy(profile=profile), Defaults())[0].rate for profile in Profile] == [1.0, 1.0, 0.5, 0.4, 0.33]
    rules, _ = resolve(Policy(rate=0.7, ranges=(RateRange(100, 200, 0.2), RateRange(200, 0, 0.3))), Defaults())
    assert [rules.rate_for(tokens) for tokens in (99, 100, 199, 200, 9_999)] == [0.7, 0.2, 0.2, 0.3, 0.3]


def test_a_request_may_only_tighten_what_the_operator_allows() -> None:
    """Profiles and rates beyond the furthest are pulled back with a warning."""
    defaults = Defaults(furthest=Profile.SAFE)
    rules, warnings = resolve(Policy(profile=Profile.MAX, rate=0.2, ranges=(RateRange(0, 9, 0.1),)), defaults)
    assert (rules.profile, rules.rate, rules.ranges[0].rate) == (Profile.SAFE, 0.5, 0.5)
    assert len(warnings) == 2
    assert resolve(Policy(profile=Profile.LOSSLESS), defaults)[1] == []
    assert resolve(Policy(rate=0.1), Defaults())[0].rate == 0.1


def test_a_target_in_stable_mode_is_warned_about() -> None:
    """A budget over the whole request changes with the conversation."""
    assert "target_tokens" in resolve(Policy(target_tokens=100), Defaults())[1][0]
    assert resolve(Policy(target_tokens=100, stable=False), Defaults())[1] == []


@given(st.sampled_from(Profile), st.floats(0.01, 1), st.integers(0, 1_000))
def test_the_version_changes_with_the_rules(profile: Profile, rate: float, min_tokens: int) -> None:
    """Equal rules share a version; a change of any wish that counts makes another."""
    policy = Policy(profile=profile, rate=rate, min_tokens=min_tokens)
    version = resolve(policy, Defaults())[0].version
    assert version == resolve(policy, Defaults())[0].version
    assert version != resolve(replace(policy, min_tokens=min_tokens + 1), Defaults())[0].version
    assert version != resolve(replace(policy, force_tokens=("x",)), Defaults())[0].version


def test_rates_fall_with_the_profile() -> None:
    """The further the profile, the less is kept."""
    assert sorted(RATES.values(), reverse=True) == [RATES[profile] for profile in Profile]
