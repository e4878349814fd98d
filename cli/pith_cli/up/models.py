"""Learns from the proxy which models it has: who provides each and what a token costs, in USD at list prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Model:
    """A model group of the proxy."""

    provider: str
    input_usd: float
    output_usd: float

    def cost_usd(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Price one call."""
        return prompt_tokens * self.input_usd + completion_tokens * self.output_usd


class UnknownPriceError(Exception):
    """The proxy knows no price for a model."""


async def fetch_models(session: aiohttp.ClientSession, litellm_url: str, master_key: str) -> dict[str, Model]:
    """Ask the proxy for its models."""
    headers = {"authorization": f"Bearer {master_key}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with session.get(f"{litellm_url}/model/info", headers=headers, timeout=timeout) as reply:
        reply.raise_for_status()
        return read_models((await reply.json())["data"])


def read_models(deployments: Iterable[Mapping[str, Any]]) -> dict[str, Model]:
    """Read the proxy's list; the first deployment of a model group decides."""
    models: dict[str, Model] = {}
    for deployment in deployments:
        models.setdefault(deployment["model_name"], _model(deployment))
    return models


def _model(deployment: Mapping[str, Any]) -> Model:
    info = deployment.get("model_info") or {}
    prices = [float(info.get(f"{side}_cost_per_token") or 0) for side in ("input", "output")]
    if not all(prices):
        name = deployment["model_name"]
        raise UnknownPriceError(
            f"the proxy knows no price for {name}: set it in model_info of deploy/litellm/config.yaml"
        )
    provider = str(deployment["litellm_params"]["model"]).partition("/")[0]
    return Model(provider, *prices)
