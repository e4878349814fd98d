"""Tests of the environments of child processes."""

from pith_cli.up.environment import PROVIDER_KEYS, child_environment, found_keys

_FULL = {
    "PATH": "/bin",
    "OPENAI_API_KEY": "sk-real",
    "GEMINI_API_KEY": "real",
    "OPENAI_BASE_URL": "https://elsewhere",
    "LANGFUSE_SECRET_KEY": "real",
    "DATABASE_URL": "postgres://elsewhere",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def test_stand_ins_see_no_key_and_no_address_of_a_provider() -> None:
    """Without --real nothing in a child's environment leads to a provider."""
    made = child_environment(_FULL, real=False)
    assert "real" not in " ".join(made.values())
    assert "elsewhere" not in " ".join(made.values())
    assert made["PATH"] == "/bin"


def test_real_providers_keep_their_keys() -> None:
    """With --real the keys and addresses that the user set are used."""
    made = child_environment(_FULL, real=True)
    assert made["OPENAI_API_KEY"] == "sk-real"
    assert made["OPENAI_BASE_URL"] == "https://elsewhere"
    assert "DATABASE_URL" not in made


def test_children_may_compile_and_reach_this_machine_without_a_proxy() -> None:
    """Compiled files are written, and calls to the loopback bypass an HTTP proxy."""
    made = child_environment({**_FULL, "NO_PROXY": "intranet"}, real=False)
    assert "PYTHONDONTWRITEBYTECODE" not in made
    assert made["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert made["no_proxy"] == "127.0.0.1,localhost"


def test_found_keys_names_the_variable_of_each_provider() -> None:
    """An empty variable is no key, and Gemini's has two names."""
    assert found_keys(_FULL | {"GROQ_API_KEY": ""}) == {"openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY"}
    assert found_keys({}) == {}
    assert set(PROVIDER_KEYS) == {"openai", "anthropic", "gemini", "groq"}
