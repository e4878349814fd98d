"""Prices of a deployment."""

from litellm_hooks.prices import Prices, cost_usd, prices_of

MAP = {
    "gpt-4o": {"input_cost_per_token": 2.0, "output_cost_per_token": 8.0},
    "gemini/gemini-2.5-pro": {"input_cost_per_token": 1.0, "output_cost_per_token": 4.0},
    "id-7": {"input_cost_per_token": 5.0},
}


def test_model_info_comes_first():
    """A price in the configuration beats the map."""
    info = {"id": "id-7", "input_cost_per_token": 3.0, "output_cost_per_token": 4.0}
    assert prices_of({"metadata": {"model_info": info, "deployment": "openai/gpt-4o"}}, MAP) == Prices(3.0, 4.0)


def test_then_the_deployments_own_entry():
    """LiteLLM keeps prices by deployment id; a missing output price is 0."""
    assert prices_of({"litellm_metadata": {"model_info": {"id": "id-7"}}}, MAP) == Prices(5.0, 0.0)


def test_then_the_model_with_and_without_its_provider():
    """The map names some models with their provider and some without."""
    assert prices_of({"metadata": {"deployment": "gemini/gemini-2.5-pro"}}, MAP) == Prices(1.0, 4.0)
    assert prices_of({"metadata": {"deployment": "openai/gpt-4o"}}, MAP) == Prices(2.0, 8.0)
    assert prices_of({"model": "gpt-4o"}, MAP) == Prices(2.0, 8.0)


def test_an_unknown_model_costs_nothing():
    """Without a price nothing is claimed."""
    assert prices_of({"model": "new", "metadata": "text"}, MAP) == Prices()
    assert prices_of({"model": "odd"}, {"odd": {"input_cost_per_token": "free"}}) == Prices()


def test_cost():
    """Tokens times prices."""
    assert cost_usd(Prices(2.0, 8.0), prompt_tokens=10, completion_tokens=1) == 28.0
