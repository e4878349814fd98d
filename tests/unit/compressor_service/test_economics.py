"""The cost gate: what may be compressed, what never costs more, and whose prices hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.economics import (
    DEFAULT_PRICES,
    OTHER,
    CachePrices,
    Part,
    caches_unasked,
    find_losses,
    parse_prices,
    prices_for,
    provider_of,
)

ANTHROPIC = CachePrices(0.1, 1.25, 1024)
HALF = CachePrices(0.5, 1.0, 1024)
PRICES = st.sampled_from([ANTHROPIC, HALF, CachePrices(0.25, 1.0, 2048), CachePrices(0.02, 2.0, 512)])


def answer(tokens: int = 50) -> Part:
    """An answer of the model: proof that the prompt is a conversation."""
    return Part(tokens, tokens, conversational=True)


def test_a_prompt_that_is_read_once_is_compressed() -> None:
    """Nothing is ever read from the cache, so every token less is a saving."""
    assert find_losses([Part(100, 100), Part(1_500, 700)], ANTHROPIC) == []


def test_a_conversation_is_not_pressed_below_the_minimum() -> None:
    """The whole text is cached at a tenth; the short one would not be cached at all."""
    assert find_losses([Part(100, 100), answer(), Part(1_500, 700)], ANTHROPIC) == [2]


def test_a_conversation_is_not_kept_below_the_minimum_either() -> None:
    """A text that is too short for the cache today leads to it tomorrow."""
    assert find_losses([answer(), Part(800, 400)], ANTHROPIC) == [1]


def test_what_still_reaches_the_minimum_is_compressed() -> None:
    """What stands before counts, as it is sent on: whole where it had to stay whole."""
    assert find_losses([answer(), Part(2_400, 1_000)], ANTHROPIC) == []
    assert find_losses([answer(), Part(800, 400), Part(800, 400)], ANTHROPIC) == [1]


def test_a_saving_that_outweighs_the_cache_is_made() -> None:
    """At half price, 2,000 tokens from the cache cost as much as 1,000 that are not."""
    assert find_losses([answer(), Part(2_000, 900)], HALF) == []
    assert find_losses([answer(), Part(1_800, 900)], HALF) == [1]
    assert find_losses([answer(), Part(2_000, 900)], ANTHROPIC) == [1]
    assert find_losses([answer(), Part(20_000, 900)], ANTHROPIC) == []


@pytest.mark.parametrize("prices", [CachePrices(1.0, 1.0, 1024), CachePrices(0.1, 1.25, 0)])
def test_without_a_discount_or_a_minimum_there_is_no_gate(prices: CachePrices) -> None:
    """Then shorter is cheaper, always."""
    assert find_losses([answer(), Part(300, 100)], prices) == []


def test_cached_tokens_that_cost_nothing_are_never_given_up() -> None:
    """No saving outweighs what is free."""
    assert find_losses([answer(), Part(1_000_000, 900)], CachePrices(0.0, 1.0, 1024)) == [1]


PARTS = st.lists(
    st.tuples(st.integers(0, 3_000) | st.integers(0, 30_000), st.floats(0.2, 1.0), st.booleans()).map(
        lambda drawn: Part(drawn[0], int(drawn[0] * drawn[1]), conversational=drawn[2])
    ),
    max_size=30,
)


@given(PARTS, PRICES)
def test_verdicts_do_not_change_when_the_conversation_grows(parts: list[Part], prices: CachePrices) -> None:
    """The verdict on a text is the same in every later turn."""
    losses = find_losses(parts, prices)
    for length in range(len(parts)):
        assert find_losses(parts[:length], prices) == [index for index in losses if index < length]


@given(PARTS, PRICES)
def test_no_turn_of_a_conversation_costs_more_than_without_compression(parts: list[Part], prices: CachePrices) -> None:
    """Each text is a turn, the cache forgets nothing: the bill of every turn is at most that of the original."""
    parts = [answer(), *parts]
    losses = find_losses(parts, prices)
    whole = [part.before for part in parts]
    sent = [part.before if index in losses else part.after for index, part in enumerate(parts)]
    for turn in range(1, len(parts) + 1):
        assert bill(sent, turn, prices) <= bill(whole, turn, prices) + 1e-6


def bill(tokens: list[int], turn: int, prices: CachePrices) -> float:
    """What a turn costs when the one before it was cached if it could be."""
    before = sum(tokens[: turn - 1])
    return prices.cost(sum(tokens[:turn]), cached=before if before >= prices.minimum_tokens else 0)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("claude-sonnet-4-5", "anthropic"),
        ("anthropic/claude-opus-4-5", "anthropic"),
        ("bedrock/us.anthropic.claude-haiku-4-5-v1:0", "anthropic"),
        ("gpt-4o-mini", "openai"),
        ("azure/my-deployment", "openai"),
        ("o3", "openai"),
        ("vertex_ai/gemini-2.5-flash", "gemini"),
        ("groq/openai/gpt-oss-120b", "groq"),
        ("opus-of-ours", OTHER),
        ("", OTHER),
    ],
)
def test_the_provider_is_told_from_the_name_of_the_model(model: str, provider: str) -> None:
    """A name that tells nothing gets the most careful prices."""
    prices = {name: CachePrices(0.5, 1.0, number) for number, name in enumerate(parse_prices(""))}
    assert prices_for(model, prices) == prices[provider]


def test_prices_are_read_and_defaults_kept() -> None:
    """One provider's prices can be set alone."""
    prices = parse_prices("groq=0.4/1/128, gemini=0.25/1/4096")
    assert prices["groq"] == CachePrices(0.4, 1.0, 128)
    assert prices["gemini"] == CachePrices(0.25, 1.0, 4096)
    assert prices["anthropic"] == parse_prices(DEFAULT_PRICES)["anthropic"] == ANTHROPIC


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mistral=0.1/1/1024", "'mistral' is no provider; known are groq, anthropic, gemini, openai, other"),
        ("groq=0.5/1", "must be provider=read/write/minimum_tokens"),
        ("groq=a/b/c", "must be provider=read/write/minimum_tokens"),
        ("groq", "must be provider=read/write/minimum_tokens"),
        ("groq=1.5/1/1024", "read must be 0 to 1"),
        ("groq=nan/1/1024", "read must be 0 to 1"),
    ],
)
def test_wrong_prices_are_refused_by_name(text: str, says: str) -> None:
    """The error shows the item and what it must be."""
    with pytest.raises(ValueError, match=says):
        parse_prices(text)


def test_only_anthropic_waits_to_be_asked() -> None:
    """The others keep prompts by themselves."""
    assert [caches_unasked(model) for model in ("claude-sonnet-4-5", "gpt-4o", "gemini-2.5-pro", "groq/llama")] == [
        False,
        True,
        True,
        True,
    ]
    assert provider_of("some-model") == OTHER
