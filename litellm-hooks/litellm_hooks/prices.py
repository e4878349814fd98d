"""What the tokens of the deployment that answered cost; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Prices:
    """US dollars per token."""

    input_usd: float = 0.0
    output_usd: float = 0.0


def prices_of(kwargs: Mapping[str, Any], model_cost: Mapping[str, Any]) -> Prices:
    """Find the prices of the deployment in a call's kwargs: its own model_info first, then LiteLLM's cost map."""
    for info in _infos(kwargs, model_cost):
        if (input_usd := _price(info.get("input_cost_per_token"))) is not None:
            return Prices(input_usd, _price(info.get("output_cost_per_token")) or 0.0)
    return Prices()


def cost_usd(prices: Prices, *, prompt_tokens: int, completion_tokens: int) -> float:
    """Price a call by its token counts."""
    return prices.input_usd * prompt_tokens + prices.output_usd * completion_tokens


def _infos(kwargs: Mapping[str, Any], model_cost: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for metadata in (kwargs.get("metadata"), kwargs.get("litellm_metadata")):
        if not isinstance(metadata, Mapping):
            continue
        info = metadata.get("model_info")
        if isinstance(info, Mapping):
            yield info
            yield _entry(model_cost, info.get("id"))
        deployment = str(metadata.get("deployment") or "")
        yield _entry(model_cost, deployment)
        yield _entry(model_cost, deployment.partition("/")[2])
    yield _entry(model_cost, kwargs.get("model"))


def _entry(model_cost: Mapping[str, Any], name: object) -> Mapping[str, Any]:
    entry = model_cost.get(name) if isinstance(name, str) and name else None
    return entry if isinstance(entry, Mapping) else {}


def _price(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
