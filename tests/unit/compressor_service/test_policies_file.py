"""The policies file."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.policies_file import RELOADS, WatchedPolicies, read_policies
from compressor_service.policy import Defaults, Policy, Profile, RateRange, resolve
from grpc_serving.environment import SettingsError

ENGINES = ("tiny_onnx", "sentences", "lossless")
FULL = """
default:
  profile: safe
tenants:
  acme:
    profile: max
    furthest: max
    rate: 0.4
    min_tokens: 0
    force_tokens: [Acme]
    protect_extra: ["terms of sale"]
    compress_system: true
    engine: tiny_onnx
    tags: true
  kong:
    compressor_type: rate
    compression_ranges:
      - {min_tokens: 0, max_tokens: 100, value: 0.8}
      - {min_tokens: 100, max_tokens: 1000, value: 0.3}
  target:
    compressor_type: target_token
    compression_ranges:
      - {min_tokens: 500, value: 100}
  closed:
    profile: off
  plain:
"""


def write(path: Path, text: str) -> Path:
    """Write a file whose stamp differs from the one before."""
    path.write_text(text)
    os.utime(path, ns=(path.stat().st_mtime_ns + 1_000_000, path.stat().st_mtime_ns + 1_000_000))
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    """A tenant takes from the defaults of the file what it does not name, and these from the settings."""
    everyone, tenants = read_policies(write(tmp_path / "p.yaml", FULL), Defaults(min_tokens=77), ENGINES)
    assert everyone == Defaults(profile=Profile.SAFE, min_tokens=77)
    assert tenants["acme"] == Defaults(
        profile=Profile.MAX,
        furthest=Profile.MAX,
        min_tokens=0,
        rate=0.4,
        force_tokens=("Acme",),
        protect_extra=("terms of sale",),
        compress_system=True,
        engine="tiny_onnx",
        tags=True,
    )
    assert tenants["closed"].profile is Profile.OFF
    assert tenants["plain"] == everyone


def test_kongs_ranges_are_half_open_and_hold_rates_or_targets(tmp_path: Path) -> None:
    """100 tokens belong to the second range, 1,000 to none; a target becomes the rate that leads to it."""
    _, tenants = read_policies(write(tmp_path / "p.yaml", FULL), Defaults(), ENGINES)
    assert tenants["kong"].ranges == (RateRange(0, 100, 0.8), RateRange(100, 1_000, 0.3))
    rules, _ = resolve(Policy(profile=Profile.MAX), tenants["kong"])
    assert [rules.rate_for(tokens) for tokens in (99, 100, 999, 1_000)] == [0.8, 0.3, 0.3, 0.33]
    rules, _ = resolve(Policy(profile=Profile.MAX), tenants["target"])
    assert [rules.rate_for(tokens) for tokens in (499, 500, 1_000)] == [0.33, 0.2, 0.1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tenants: {a: {rate: 1.5}}", r"tenants\.a\.rate: must be above 0 and at most 1"),
        ("tenants: {a: {rate: much}}", r"tenants\.a\.rate: must be a number"),
        ("tenants: {a: {rate: true}}", r"tenants\.a\.rate: must be a number"),
        ("default: {profile: wild}", r"default\.profile: must be one of off, lossless, safe, balanced, max"),
        ("default: {min_tokens: -1}", r"default\.min_tokens: must be a whole number from 0"),
        ("default: {engine: llmlingua2}", r"llmlingua2 is not loaded"),
        ("default: {engine: gzip}", r"default\.engine: no such engine"),
        ("default: {engine: 3}", r"default\.engine: must be the name of an engine"),
        ("default: {tags: sometimes}", r"default\.tags: must be true or false"),
        ("default: {color: red}", r"default\.color: is not known here; known are profile"),
        ("everyone: {}", r"everyone: is not known here; known are default, tenants"),
        ("tenants: [a]", r"tenants: must be a mapping"),
        ("tenants: {7: {}}", r"tenants: 7 must be written as text"),
        ("default: {force_tokens: word}", r"default\.force_tokens: must be a list of texts"),
        ("default: {force_tokens: [' ']}", r"default\.force_tokens\[0\]: must not be blank"),
        ("default: {compressor_type: magic}", r"default\.compressor_type: must be rate or target_token"),
        ("default: {compression_ranges: 7}", r"default\.compression_ranges: must be a list"),
        (
            "default: {compression_ranges: [{value: 2}]}",
            r"compression_ranges\[0\]\.value: must be above 0 and at most 1",
        ),
        ("default: {compression_ranges: [{min_tokens: 1}]}", r"compression_ranges\[0\]\.value: is missing"),
        (
            "default: {compression_ranges: [{min_tokens: 9, max_tokens: 9, value: 0.5}]}",
            r"compression_ranges\[0\]\.max_tokens: must be above min_tokens",
        ),
        (
            "default: {compressor_type: target_token, compression_ranges: [{value: 0}]}",
            r"compression_ranges\[0\]\.value: must be at least 1",
        ),
        ("default: {rate: 0.5, rate: 0.4}", r"'rate' stands twice"),
        ("default: &a {rate: 0.5}\ntenants: {x: *a}", r"aliases"),
        ("default: {", r"flow node"),
        ("just text", r"must be a mapping"),
        ("#" * (4 * 2**20 + 1), r"at most 4194304 bytes"),
    ],
)
def test_a_wrong_file_is_refused_by_field_and_limit(tmp_path: Path, text: str, complaint: str) -> None:
    """The message begins with the file."""
    path = write(tmp_path / "p.yaml", text)
    with pytest.raises(SettingsError, match=complaint) as caught:
        WatchedPolicies(path, Defaults(), ENGINES)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_bytes_that_are_no_text_refuse_the_start(tmp_path: Path) -> None:
    """So does a folder."""
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe")
    for name in ("missing.yaml", "b.yaml", "."):
        with pytest.raises(SettingsError):
            WatchedPolicies(tmp_path / name, Defaults(), ENGINES)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    """The settings hold for everyone."""
    assert read_policies(write(tmp_path / "p.yaml", "# nothing yet\n"), Defaults(), ENGINES) == (Defaults(), {})


def test_a_change_is_read_and_a_wrong_one_leaves_the_former_policies(tmp_path: Path) -> None:
    """A file that is wrong, and one that is gone; each change is tried once."""
    path = write(tmp_path / "p.yaml", "tenants: {a: {rate: 0.4}}")
    policies = WatchedPolicies(path, Defaults(), ENGINES)
    refused, loaded = (RELOADS.labels(result) for result in ("refused", "loaded"))
    before = (refused._value.get(), loaded._value.get())
    write(path, "tenants: {a: {rate: 4}}")
    policies.refresh()
    policies.refresh()
    assert policies.defaults_for("a").rate == 0.4
    write(path, "tenants: {a: {rate: 0.25}}")
    policies.refresh()
    assert policies.defaults_for("a").rate == 0.25
    assert policies.defaults_for("b") == Defaults()
    path.unlink()
    policies.refresh()
    assert policies.defaults_for("a").rate == 0.25
    assert (refused._value.get() - before[0], loaded._value.get() - before[1]) == (2, 1)


async def test_the_file_is_watched_until_closed(tmp_path: Path) -> None:
    """A change is in force soon, without a request having waited for it."""
    path = write(tmp_path / "p.yaml", "tenants: {a: {rate: 0.4}}")
    policies = WatchedPolicies(path, Defaults(), ENGINES)
    policies.watch()
    write(path, "tenants: {a: {rate: 0.3}}")
    await asyncio.sleep(1.5)
    await policies.close()
    write(path, "tenants: {a: {rate: 0.2}}")
    await asyncio.sleep(1.2)
    assert policies.defaults_for("a").rate == 0.3


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_yaml_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    """Nothing but SettingsError comes out of a file, whatever stands in it."""
    import yaml

    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump({"tenants": {"a": value}}), encoding="utf-8")
    try:
        read_policies(path, Defaults(), ENGINES)
    except SettingsError as error:
        assert str(path) in str(error)  # noqa: PT017
