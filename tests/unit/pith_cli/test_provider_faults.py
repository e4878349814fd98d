"""Faults are shown as often as asked for, to whom they are meant for."""

import pytest

from pith_cli.providers import faults
from pith_cli.providers.exchange import InvalidRequestError
from pith_cli.providers.faults import MAX_FAULTS, Fault, Faults


def test_a_fault_shows_as_often_as_asked() -> None:
    """A count is used up, one request at a time."""
    kept = Faults()
    kept.add(Fault("openai", times=2, status=500))
    assert [kept.take("openai", "gpt-4o") is not None for _ in range(3)] == [True, True, False]


def test_a_fault_without_count_stays() -> None:
    """No count means until deleted."""
    kept = Faults()
    kept.add(Fault("gemini", times=None))
    assert all(kept.take("gemini", "any") for _ in range(50))
    kept.clear()
    assert kept.take("gemini", "any") is None


def test_a_fault_fits_its_provider_and_model() -> None:
    """Other providers and models are left alone."""
    kept = Faults()
    kept.add(Fault("openai", model="gpt-4o"))
    assert kept.take("groq", "gpt-4o") is None
    assert kept.take("openai", "gpt-4o-mini") is None
    assert kept.take("openai", "gpt-4o") is not None


def test_faults_are_bounded() -> None:
    """One fault too many is refused."""
    kept = Faults()
    for _ in range(MAX_FAULTS):
        kept.add(Fault("openai"))
    with pytest.raises(InvalidRequestError):
        kept.add(Fault("openai"))


def test_from_json() -> None:
    """Every field is read."""
    body = {
        "provider": "groq",
        "model": "m",
        "times": 3,
        "delay_ms": 5,
        "status": 429,
        "cut_after_chunks": 2,
        "retry_after_s": 1,
    }
    assert faults.from_json(body) == Fault("groq", "m", 3, 5, 429, 2, 1)
    assert faults.from_json({"provider": "groq", "times": None}).times is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "provider"),
        ({"provider": "acme"}, "provider"),
        ({"provider": "openai", "model": 4}, "model"),
        ({"provider": "openai", "times": 0}, "times"),
        ({"provider": "openai", "delay_ms": -1}, "delay_ms"),
        ({"provider": "openai", "delay_ms": True}, "delay_ms"),
        ({"provider": "openai", "status": 200}, "status"),
        ({"provider": "openai", "cut_after_chunks": "3"}, "cut_after_chunks"),
        ({"provider": "openai", "retry_after_s": 9999}, "retry_after_s"),
        ({"provider": "openai", "colour": "red"}, "colour"),
    ],
)
def test_bad_faults_are_refused(body: dict[str, object], field: str) -> None:
    """The error names the field."""
    with pytest.raises(InvalidRequestError) as error:
        faults.from_json(body)
    assert error.value.field_name == field


def test_from_headers() -> None:
    """One request can ask for its own fault."""
    headers = {"x-standin-delay-ms": "5", "x-standin-status": "503", "x-standin-cut-after": "1"}
    assert faults.from_headers("openai", headers) == Fault("openai", delay_ms=5, status=503, cut_after_chunks=1)
    assert faults.from_headers("openai", {"accept": "*/*"}) is None
    with pytest.raises(InvalidRequestError):
        faults.from_headers("openai", {"x-standin-delay-ms": "soon"})
