"""LiteLLM's configuration, and what its renderer makes of an environment."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # before LiteLLM is imported: it would try a download

import litellm

FOLDER = Path(__file__).parents[2] / "deploy/litellm"
TEMPLATE = yaml.safe_load((FOLDER / "config.yaml").read_text())
KEYS = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY"]


def _module():
    spec = importlib.util.spec_from_file_location("render_config", FOLDER / "render_config.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


render = _module().render


def _params(config):
    return {entry["model_name"]: entry["litellm_params"] for entry in config["model_list"]}


def test_the_seven_models_with_their_limits():
    """Names, providers' models and limits are the ones agreed on."""
    assert {
        name: (params["model"], params.get("rpm"), params.get("tpm")) for name, params in _params(TEMPLATE).items()
    } == {
        "gpt-4o": ("openai/gpt-4o", 10_000, 2_000_000),
        "gpt-4o-mini": ("openai/gpt-4o-mini", 30_000, 5_000_000),
        "claude-sonnet-4-5": ("anthropic/claude-sonnet-4-5-20250929", 5000, None),
        "claude-opus-4-1": ("anthropic/claude-opus-4-1-20250805", 4000, None),
        "gemini-2-5-pro": ("gemini/gemini-2.5-pro", 15_000, None),
        "gemini-2-5-flash": ("gemini/gemini-2.5-flash", 30_000, None),
        "groq-llama-3-3-70b": ("groq/llama-3.3-70b-versatile", 30, None),
    }


@pytest.mark.parametrize("entry", TEMPLATE["model_list"], ids=lambda entry: entry["model_name"])
def test_every_model_has_a_price(entry):
    """A model without a price would cost nothing in every report."""
    model = entry["litellm_params"]["model"]
    costs = litellm.model_cost
    prices = entry.get("model_info") or costs.get(model) or costs.get(model.partition("/")[2]) or {}
    assert 0 < prices["input_cost_per_token"] < 1e-4
    assert prices["input_cost_per_token"] < prices["output_cost_per_token"] < 1e-3


def test_routing():
    """Strategy, retries, timeout and fallbacks; every fallback is a model that exists."""
    router = TEMPLATE["router_settings"]
    assert (router["routing_strategy"], router["num_retries"], router["timeout"]) == ("cost-based-routing", 3, 120)
    assert router["fallbacks"] == [{"gpt-4o": ["claude-sonnet-4-5", "gemini-2-5-pro"]}]
    assert {name for entry in router["fallbacks"] for models in entry.values() for name in models} <= set(
        _params(TEMPLATE)
    )
    assert "RateLimitErrorAllowedFails" in router["allowed_fails_policy"]


def test_our_hooks_are_named_and_exist():
    """Each dotted name leads to something, and the mask runs before the services see anything."""
    guardrails = [entry["litellm_params"]["guardrail"] for entry in TEMPLATE["guardrails"]]
    assert guardrails == ["litellm_hooks.mask.PithMask", "litellm_hooks.guardrail.PithGuardrail"]
    callbacks = TEMPLATE["litellm_settings"]["callbacks"]
    assert callbacks == ["litellm_hooks.begin.begin", "litellm_hooks.end.end", "prometheus"]
    for name in [*guardrails, *callbacks[:2], TEMPLATE["general_settings"]["custom_auth"]]:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute)


def test_checks_that_litellm_leaves_out_by_default_are_on():
    """A key's models are enforced, and nothing waits for a download."""
    assert TEMPLATE["litellm_settings"]["enable_post_custom_auth_checks"] is True
    assert TEMPLATE["general_settings"]["custom_auth_run_common_checks"] is True
    assert TEMPLATE["litellm_settings"]["disable_hf_tokenizer_download"] is True
    assert TEMPLATE["litellm_settings"]["json_logs"] is True


def test_the_package_does_not_lie_beside_the_configuration():
    """LiteLLM would load a package beside it a second time, by file."""
    assert not (FOLDER / "litellm_hooks").exists()


def test_an_empty_environment_changes_nothing():
    """Without settings the effective file is the template."""
    assert render(TEMPLATE, {}) == TEMPLATE
    assert render(TEMPLATE, {"REDIS_HOST": "", "LANGFUSE_PUBLIC_KEY": "", "PITH_LITELLM_OPENAI_BASE": ""}) == TEMPLATE


@pytest.mark.parametrize(
    ("setting", "prefix", "key"),
    [
        ("PITH_LITELLM_OPENAI_BASE", "openai/", "OPENAI_API_KEY"),
        ("PITH_LITELLM_ANTHROPIC_BASE", "anthropic/", "ANTHROPIC_API_KEY"),
        ("PITH_LITELLM_GEMINI_BASE", "gemini/", "GOOGLE_API_KEY"),
        ("PITH_LITELLM_GROQ_BASE", "groq/", "GROQ_API_KEY"),
    ],
)
def test_a_base_points_one_provider_elsewhere(setting, prefix, key):
    """Only that provider's models change; a key that is set is kept, an unset one is a dummy."""
    moved = _params(render(TEMPLATE, {setting: "http://x/v1"}))
    for name, params in _params(TEMPLATE).items():
        expected = {**params, "api_base": "http://x/v1", "api_key": "sk-stand-in"}
        assert moved[name] == (expected if params["model"].startswith(prefix) else params)
    kept = _params(render(TEMPLATE, {setting: "http://x/v1", key: "sk-real"}))
    assert {p["api_key"] for p in kept.values() if p["model"].startswith(prefix)} == {f"os.environ/{key}"}


def test_redis_only_with_a_host():
    """The router shares its counts where a host is named; the port has a default."""
    assert render(TEMPLATE, {"REDIS_HOST": "r"})["router_settings"]["redis_port"] == 6379
    router = render(TEMPLATE, {"REDIS_HOST": "r", "REDIS_PORT": "7000"})["router_settings"]
    assert (router["redis_host"], router["redis_port"]) == ("r", 7000)


def test_langfuse_only_with_both_keys():
    """One key alone switches nothing on; Prometheus is always there."""
    assert "success_callback" not in render(TEMPLATE, {"LANGFUSE_PUBLIC_KEY": "p"})["litellm_settings"]
    both = render(TEMPLATE, {"LANGFUSE_PUBLIC_KEY": "p", "LANGFUSE_SECRET_KEY": "s"})["litellm_settings"]
    assert both["success_callback"] == ["langfuse"]
    assert "prometheus" in both["callbacks"]


def test_the_command_writes_a_file(tmp_path):
    """The command that `pith up` and the container use writes what render gives."""
    out = tmp_path / "deep" / "litellm.yaml"
    command = [sys.executable, str(FOLDER / "render_config.py"), "--out", str(out)]
    subprocess.run(command, env={"PITH_LITELLM_GROQ_BASE": "http://x"}, check=True)
    assert yaml.safe_load(out.read_text()) == render(TEMPLATE, {"PITH_LITELLM_GROQ_BASE": "http://x"})
    printed = subprocess.run(command[:2], env={}, check=True, capture_output=True, text=True).stdout
    assert yaml.safe_load(printed) == TEMPLATE


def test_the_example_environment_names_what_the_configuration_reads():
    """Nobody has to guess a variable."""
    names = re.findall(r"^([A-Z_]+)=", (FOLDER / ".env.example").read_text(), re.MULTILINE)
    assert names == [
        *KEYS, "LITELLM_MASTER_KEY", "LITELLM_DB_PASSWORD", "DATABASE_URL", "REDIS_HOST", "REDIS_PORT",
        "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY",
    ]  # fmt: skip
    read = set(re.findall(r"os\.environ/([A-Z_]+)", (FOLDER / "config.yaml").read_text()))
    assert read <= set(names)
