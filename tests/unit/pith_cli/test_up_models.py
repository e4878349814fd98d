"""Tests of learning models and prices from the proxy."""

import aiohttp
import pytest

from fakes_cli import MASTER_KEY, FakeGateway, web_server
from pith_cli.up.models import Model, UnknownPriceError, fetch_models, read_models


async def test_the_proxy_says_what_models_cost() -> None:
    """The master key opens the list; provider and prices are in it."""
    async with web_server(FakeGateway().app()) as url, aiohttp.ClientSession() as session:
        models = await fetch_models(session, url, MASTER_KEY)
        with pytest.raises(aiohttp.ClientResponseError):
            await fetch_models(session, url, "sk-wrong")
    assert models == {"gpt-4o": Model("openai", 1e-6, 2e-6)}


def test_a_call_costs_its_tokens() -> None:
    """Prompt and completion have prices of their own."""
    assert Model("openai", 2.0, 10.0).cost_usd(3, 1) == 16.0


def test_a_model_without_a_price_is_an_error() -> None:
    """A run never adds up calls that seem to cost nothing."""
    model = {"model_name": "groq-x", "litellm_params": {"model": "groq/x"}, "model_info": {"input_cost_per_token": 0}}
    with pytest.raises(UnknownPriceError, match="groq-x"):
        read_models([model])


def test_the_first_deployment_of_a_group_decides() -> None:
    """A group with a dear and a cheap deployment has one price."""
    info = {"input_cost_per_token": 1.0, "output_cost_per_token": 1.0}
    models = [
        {"model_name": "m", "litellm_params": {"model": "openai/a"}, "model_info": info},
        {"model_name": "m", "litellm_params": {"model": "groq/b"}, "model_info": info},
    ]
    assert read_models(models)["m"].provider == "openai"
