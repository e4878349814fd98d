"""The settings of the hooks."""

from pathlib import Path

import pytest

from litellm_hooks.config import HookSettings, SettingsError, load_settings, settings_table


def test_defaults_without_variables():
    """An empty environment gives the defaults."""
    assert load_settings({}) == HookSettings()


def test_every_kind_of_value_is_read():
    """Booleans, numbers, texts and paths are converted; the master key keeps LiteLLM's own name."""
    settings = load_settings(
        {
            "PITH_HOOKS_ENABLED": "false",
            "PITH_HOOKS_LOOKUP_TIMEOUT_MS": "12.5",
            "PITH_HOOKS_METRICS_PORT": "9110",
            "PITH_HOOKS_CACHE_ADDRESS": "cache:50052",
            "PITH_HOOKS_TOKEN_FILE": "/run/token",
            "LITELLM_MASTER_KEY": "sk-1",
        }
    )
    assert (settings.enabled, settings.lookup_timeout_ms, settings.metrics_port) == (False, 12.5, 9110)
    assert (settings.cache_address, settings.token_file, settings.master_key) == (
        "cache:50052",
        Path("/run/token"),
        "sk-1",
    )


def test_an_empty_path_is_none():
    """A variable that is set to nothing leaves a file setting unset."""
    assert load_settings({"PITH_HOOKS_TOKEN_FILE": ""}).token_file is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PITH_HOOKS_ENABLED", "maybe"),
        ("PITH_HOOKS_METRICS_PORT", "x"),
        ("PITH_HOOKS_LOOKUP_TIMEOUT_MS", "-1"),
        ("PITH_HOOKS_LOOKUP_TIMEOUT_MS", "nan"),
        ("PITH_HOOKS_LOOKUP_TIMEOUT_MS", "inf"),
    ],
)
def test_a_malformed_value_is_named(name, value):
    """The error names the variable and what was wrong with it."""
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value})


def test_an_unknown_variable_is_refused():
    """A misspelt setting is an error, not a default."""
    with pytest.raises(SettingsError, match="PITH_HOOKS_CASHE_ADDRESS"):
        load_settings({"PITH_HOOKS_CASHE_ADDRESS": "x"})


@pytest.mark.parametrize("name", ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP_ADDR"])
def test_what_kubernetes_adds_is_ignored(name):
    """Names that Kubernetes injects for a service are no settings."""
    assert load_settings({f"PITH_HOOKS_{name}": "tcp://10.0.0.1:80"}) == HookSettings()


def test_a_tls_file_that_is_not_there_is_refused(tmp_path):
    """TLS files are checked at the start, not at the first request."""
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        load_settings({"PITH_HOOKS_TLS_CA_FILE": str(tmp_path / "ca.pem")})


def test_the_total_is_one_and_a_half_times_the_larger_deadline():
    """Lookup and compression together stay under 150 ms by default."""
    assert HookSettings().total_timeout_s == pytest.approx(0.12)


def test_the_table_has_a_row_for_every_setting():
    """Each setting is documented with its default."""
    table = settings_table()
    assert len(table.splitlines()) == 2 + len(HookSettings.__dataclass_fields__)
    assert "| `PITH_HOOKS_LOOKUP_TIMEOUT_MS` | `60.0` |" in table
    assert "| `LITELLM_MASTER_KEY` |  |" in table


def test_the_readme_holds_the_table():
    """The README's table is the one that the settings give."""
    readme = Path(__file__).parents[3] / "litellm-hooks/README.md"
    assert settings_table() in readme.read_text()


def test_the_master_key_is_not_printed():
    """The settings can be logged."""
    assert "sk-secret" not in repr(load_settings({"LITELLM_MASTER_KEY": "sk-secret"}))
