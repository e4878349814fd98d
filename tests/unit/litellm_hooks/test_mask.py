"""The mask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litellm_hooks.config import HookSettings
from litellm_hooks.mask import PithMask, is_card, is_iban, mask_texts


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ann.lee+x@mail.example.org now", "Write to <EMAIL_1> now"),
        ("Card 4111 1111 1111 1111 please", "Card <CARD_1> please"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN <IBAN_1>."),
        ("Call +49 30 901820 today", "Call <PHONE_1> today"),
        ("Call (415) 555-2671 or 415-555-2672", "Call <PHONE_1> or <PHONE_2>"),
        ("key sk-abcdefghijklmnopqrstuvwx", "key <KEY_1>"),
        ("AKIAIOSFODNN7EXAMPLE is one", "<KEY_1> is one"),
    ],
)
def test_private_values_become_placeholders(text, masked):
    """Each class has its placeholder."""
    assert mask_texts([text]) == [masked]


@pytest.mark.parametrize(
    "text",
    [
        "Order 4111 1111 1111 1112 was late",
        "Invoice 2026-11-24 for 1,234,567.89 EUR",
        "IBAN DE89 3704 0044 0532 0130 01",
        "port 8080, pid 31337, 3.14159265358979",
        "0000 0000 0000 0000",
        "request req4111111111111111 and 4111111111111111ab",
        "version 10.20.30.40",
        "a@b",
    ],
)
def test_what_only_looks_alike_stays(text):
    """Check digits decide; dates, prices and versions are no personal data."""
    assert mask_texts([text]) == [text]


def test_the_same_value_is_the_same_placeholder():
    """Over all texts of a request the model can still tell who is who."""
    texts = ["a@x.org wrote to b@x.org", "b@x.org answered a@x.org"]
    assert mask_texts(texts) == ["<EMAIL_1> wrote to <EMAIL_2>", "<EMAIL_2> answered <EMAIL_1>"]


@pytest.mark.parametrize("on", [True, False])
async def test_it_is_off_unless_set(on):
    """The setting switches it; answers are never masked."""
    mask = PithMask(lambda: HookSettings(mask=on), guardrail_name="pith-mask")
    out = await mask.apply_guardrail({"texts": ["a@x.org"]}, {}, "request")
    assert out["texts"] == (["<EMAIL_1>"] if on else ["a@x.org"])
    assert (await mask.apply_guardrail({"texts": ["a@x.org"]}, {}, "response"))["texts"] == ["a@x.org"]


def test_luhn_and_mod_97():
    """The check digits are checked."""
    assert is_card("5500 0000 0000 0004")
    assert not is_card("5500 0000 0000 0005")
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_texts_come_back_as_many(texts):
    """Masking never fails and never loses a text."""
    assert len(mask_texts(texts)) == len(texts)


@given(st.lists(st.sampled_from(["a@x.org", "4111 1111 1111 1111", "and", "+49 30 901820", "<EMAIL_1>"]), max_size=6))
def test_masking_twice_is_masking_once(words):
    """Placeholders are left alone."""
    once = mask_texts([" ".join(words)])
    assert mask_texts(once) == once
