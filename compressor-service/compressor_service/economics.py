"""Whether compressing a text can cost more than it saves, once the provider keeps prompts in a cache of its own; pure.

Prices are shares of the price of an uncached input token. A provider that has seen the beginning of a prompt before
bills it at `read`, if it is at least `minimum_tokens` long; what is new in such a prompt is billed at `write`, and a
prompt shorter than that at 1. A conversation sends everything again in every turn, so what a message costs is one write
and then a read a turn.

Two things can make compression a loss:

- A beginning that was sent on whole is in the provider's cache; sending P tokens of it on as K from now on writes K once
  and reads K a turn instead of P. It pays after more than (write K - read P) / (read (P - K)) further turns: 10.5 at half
  the length, read .1 and write 1.25; none at read .5 and write 1. Nobody knows the number of turns, so what was sent on
  whole stays whole: the memo sees to that, not this module.
- A beginning that is pressed below the minimum is not cached at all. It then costs up to `minimum_tokens` in every turn,
  times `write` in the one that reaches the minimum, while the whole one, S tokens longer and cached, costs
  read (minimum_tokens + S). That can be a loss until S reaches minimum_tokens (write/read - 1): 11,776 tokens at read .1
  and write 1.25, 1,024 at .5 and 1.

So in a conversation that is read again, a text may be compressed if the tokens sent on up to its end still reach the
minimum, or if S is that large. Then no turn costs more than it would have without compression: either both beginnings are
cached and ours is shorter, or ours costs less in full than the other one from the cache. A prompt without any sign of a
conversation (no answer, no tool result, no lock before the end of the text) is taken to be read once, and compressed. If
it turns out to be the first turn of a conversation after all, and short, the turns until it reaches the minimum cost more
than they would have: at read .1 a prompt of 1,500 tokens pressed to 750 saves 1,125 at once and loses 600 a turn.

The verdict on a text depends on what stands before it only, so that it is the same in every later turn.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The model families that are told apart by name, the more telling name first: groq/openai/gpt-oss is Groq's.
_FAMILIES = (
    ("groq", re.compile(r"(?:^|/)groq/")),
    ("anthropic", re.compile(r"claude|(?:^|/)anthropic/")),
    ("gemini", re.compile(r"gemini")),
    ("openai", re.compile(r"(?:^|/)(?:openai|azure)/|(?:^|/)(?:gpt-|chatgpt|o[134](?:-|$))")),
)
OTHER = "other"
_ASKED_ONLY = "anthropic"
PROVIDERS = (*(name for name, _ in _FAMILIES), OTHER)

# Each provider's lowest price for a read and highest for a write among its current chat models in LiteLLM's price table,
# and the minimum of its documentation; `other` is what any of them may do. The gate is the more careful the lower `read`.
DEFAULT_PRICES = "anthropic=0.1/1.25/1024,openai=0.1/1.25/1024,gemini=0.1/1/2048,groq=0.5/1/1024,other=0.1/1.25/1024"


@dataclass(frozen=True, slots=True)
class CachePrices:
    """What a provider bills for cached prompts, as shares of its input price."""

    read: float
    write: float
    minimum_tokens: int

    @property
    def enough_saved(self) -> float:
        """The tokens saved from which on a prompt is cheaper in full than the original from the cache."""
        return self.minimum_tokens * (self.write / self.read - 1) if self.read else float("inf")

    def cost(self, tokens: int, *, cached: int = 0) -> float:
        """What a prompt costs of which so many tokens were sent before, in input tokens."""
        if tokens < self.minimum_tokens:
            return float(tokens)
        return self.read * cached + self.write * (tokens - cached)


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a prompt, its tokens as it came and as it would be sent on."""

    before: int
    after: int
    conversational: bool = False


def find_losses(parts: Sequence[Part], prices: CachePrices) -> list[int]:
    """Return which texts of a prompt should be sent on whole, although they could be shorter.

    A part is conversational if it shows that the prompt is read again: an answer, a tool result, a locked text.
    """
    losses: list[int] = []
    sent, saved, read_again = 0, 0, False
    for index, part in enumerate(parts):
        read_again = read_again or part.conversational
        gain = part.before - part.after
        reaches = sent + part.after >= prices.minimum_tokens
        if gain > 0 and read_again and not reaches and saved + gain < prices.enough_saved:
            losses.append(index)
            gain = 0
        sent += part.before - gain
        saved += gain
    return losses


def parse_prices(text: str) -> Mapping[str, CachePrices]:
    """Read `provider=read/write/minimum_tokens,...`; ValueError names what is wrong. Those left out keep their defaults."""
    prices = dict(_parse_one(item) for item in DEFAULT_PRICES.split(","))
    return prices | dict(_parse_one(item.strip()) for item in text.split(",") if item.strip())


def provider_of(model: str) -> str:
    """Return the provider that a model's name tells."""
    name = model.lower()
    return next((family for family, pattern in _FAMILIES if pattern.search(name)), OTHER)


def prices_for(model: str, prices: Mapping[str, CachePrices]) -> CachePrices:
    """Return the prices of a model's provider."""
    return prices[provider_of(model)]


def caches_unasked(model: str) -> bool:
    """Say whether the provider keeps prompts that nobody marked: Anthropic keeps what a request marks with cache_control."""
    return provider_of(model) != _ASKED_ONLY


def _parse_one(item: str) -> tuple[str, CachePrices]:
    provider, _, values = item.partition("=")
    if provider not in PROVIDERS:
        raise ValueError(f"{item!r}: {provider!r} is no provider; known are {', '.join(PROVIDERS)}")
    try:
        read, write, minimum = values.split("/")
        prices = CachePrices(float(read), float(write), int(minimum))
    except ValueError as error:
        raise ValueError(f"{item!r}: must be provider=read/write/minimum_tokens, as anthropic=0.1/1.25/1024") from error
    if not (0 <= prices.read <= 1 and 1 <= prices.write <= 10 and 0 <= prices.minimum_tokens <= 1_000_000):
        raise ValueError(f"{item!r}: read must be 0 to 1, write 1 to 10, minimum_tokens 0 to 1000000")
    return provider, prices
