"""Writes LiteLLM's effective configuration from config.yaml and the environment."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).with_name("config.yaml")
DUMMY_KEY = "sk-stand-in"

# Provider prefix of a model -> the setting that points it elsewhere, the variable of its key.
PROVIDERS = {
    "openai": ("PITH_LITELLM_OPENAI_BASE", "OPENAI_API_KEY"),
    "anthropic": ("PITH_LITELLM_ANTHROPIC_BASE", "ANTHROPIC_API_KEY"),
    "gemini": ("PITH_LITELLM_GEMINI_BASE", "GOOGLE_API_KEY"),
    "groq": ("PITH_LITELLM_GROQ_BASE", "GROQ_API_KEY"),
}


def render(template: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """Fill the template in; an unset variable and an empty one are the same."""
    config = dict(template)
    config["model_list"] = [_model(entry, env) for entry in template["model_list"]]
    config["router_settings"] = dict(template["router_settings"])
    if env.get("REDIS_HOST"):
        config["router_settings"] |= {"redis_host": env["REDIS_HOST"], "redis_port": int(env.get("REDIS_PORT") or 6379)}
    if env.get("LANGFUSE_PUBLIC_KEY") and env.get("LANGFUSE_SECRET_KEY"):
        config["litellm_settings"] = dict(template["litellm_settings"])
        config["litellm_settings"]["success_callback"] = ["langfuse"]
    return config


def _model(entry: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    base_name, key_name = PROVIDERS[entry["litellm_params"]["model"].partition("/")[0]]
    params = dict(entry["litellm_params"])
    if env.get(base_name):
        params["api_base"] = env[base_name]
        if not env.get(key_name):  # LiteLLM refuses to call a model without a key, even a stand-in
            params["api_key"] = DUMMY_KEY
    return {**entry, "litellm_params": params}


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


def main() -> None:
    """Read config.yaml, write --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--template", type=Path, default=TEMPLATE)
    parser.add_argument("--out", type=Path, help="where to write it; standard output without")
    arguments = parser.parse_args()
    template = yaml.safe_load(arguments.template.read_text(encoding="utf-8"))
    _write(yaml.safe_dump(render(template, os.environ), sort_keys=False), arguments.out)


if __name__ == "__main__":
    main()
