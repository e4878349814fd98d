"""Settings: defaults, reading, refusals, the table."""

import os
from pathlib import Path

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from fakes_serving import EchoSettings
from grpc_serving.environment import SettingsError
from grpc_serving.settings import ServingSettings, load_settings, settings_table


class ModelSettings(ServingSettings):
    """A service with settings of several kinds."""

    model_config = SettingsConfigDict(env_prefix="PITH_MODEL_", frozen=True)

    address: str = Field("127.0.0.1:1", description="where")
    engines: list[str] = Field(["a"], description="which engines")
    limit: int = Field(description="a limit without default")


def complaints_of(cls: type[ServingSettings], **env: str) -> list[str]:
    """The lines with which an environment is refused."""
    with pytest.raises(SettingsError) as caught:
        load_settings(cls, env)
    return str(caught.value).splitlines()


def test_defaults_hold_in_an_empty_environment() -> None:
    """Nothing needs to be set."""
    settings = load_settings(EchoSettings, {})
    assert (settings.workers, settings.grace_s, settings.max_message_bytes) == (1, 10.0, 16 * 1024 * 1024)
    assert settings.tokens_file is None


def test_values_come_from_the_given_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the constructor nor load_settings with a mapping looks at the process environment."""
    monkeypatch.setenv("PITH_ECHO_WORKERS", "9")
    assert EchoSettings().workers == 1
    assert load_settings(EchoSettings, {"PITH_ECHO_GREETING": "hi"}).workers == 1
    assert load_settings(EchoSettings).workers == 9
    assert os.environ["PITH_ECHO_WORKERS"] == "9"


def test_values_of_every_kind_are_read() -> None:
    """Numbers, paths, booleans and JSON lists are read from text."""
    env = {
        "PITH_MODEL_WORKERS": "2",
        "PITH_MODEL_GRACE_S": "2.5",
        "PITH_MODEL_TOKENS_FILE": "/run/tokens",
        "PITH_MODEL_ALLOW_INSECURE": "true",
        "PITH_MODEL_ENGINES": '["x", "y"]',
        "PITH_MODEL_LIMIT": "7",
        "UNRELATED": "1",
    }
    settings = load_settings(ModelSettings, env)
    assert (settings.workers, settings.grace_s, settings.tokens_file) == (2, 2.5, Path("/run/tokens"))
    assert (settings.allow_insecure, settings.engines, settings.limit) == (True, ["x", "y"], 7)


def test_an_empty_variable_is_unset() -> None:
    """A deployment file may hand every variable on, set or not."""
    settings = load_settings(EchoSettings, {"PITH_ECHO_TOKENS_FILE": "", "PITH_ECHO_WORKERS": ""})
    assert (settings.tokens_file, settings.workers) == (None, 1)


def test_settings_cannot_be_changed() -> None:
    """Settings are read once and stay."""
    with pytest.raises(ValidationError, match="frozen"):
        EchoSettings().workers = 3


def test_all_that_is_wrong_is_named_at_once() -> None:
    """One line per variable: unknown with a suggestion, wrong type, out of range, missing."""
    lines = complaints_of(ModelSettings, PITH_MODEL_WORKRES="2", PITH_MODEL_WORKERS="two", PITH_MODEL_GRACE_S="-1")
    assert lines[0] == "PITH_MODEL_WORKRES: no such setting; did you mean PITH_MODEL_WORKERS?"
    assert [line.split(":")[0] for line in lines] == [
        "PITH_MODEL_WORKRES",
        "PITH_MODEL_WORKERS",
        "PITH_MODEL_GRACE_S",
        "PITH_MODEL_LIMIT",
    ]


def test_a_list_that_is_not_json_is_named() -> None:
    """A value that cannot be parsed is refused with the name of its variable."""
    [line] = complaints_of(ModelSettings, PITH_MODEL_ENGINES="x,y", PITH_MODEL_LIMIT="1")
    assert line == "PITH_MODEL_ENGINES: must be JSON"


def test_a_value_that_kubernetes_injected_is_explained() -> None:
    """A Service named like our metrics port sets it to a URL; the complaint says what to do."""
    [line] = complaints_of(EchoSettings, PITH_ECHO_METRICS_PORT="tcp://10.0.0.1:9101")
    assert line.startswith("PITH_ECHO_METRICS_PORT: ")
    assert "enableServiceLinks: false" in line


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"tls_cert_file": "/c"}, "PITH_ECHO_TLS_KEY_FILE"),
        ({"tls_key_file": "/k"}, "PITH_ECHO_TLS_CERT_FILE"),
        ({"tls_client_ca_file": "/a"}, "PITH_ECHO_TLS_CERT_FILE"),
        ({"workers": 2, "address": "unix:/run/echo.sock"}, "PITH_ECHO_WORKERS"),
        ({"workers": 10, "metrics_port": 65530}, "PITH_ECHO_METRICS_PORT"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(values: dict[str, object], named: str) -> None:
    """The complaint names the variable that is missing or too much."""
    lines = complaints_of(EchoSettings, **{f"PITH_ECHO_{name.upper()}": str(value) for name, value in values.items()})
    assert named in "\n".join(lines)


@pytest.mark.parametrize("address", [" ", "50051", "localhost", "::1:50051", "1.2.3.4:65536", "a b:1", "unix:", "h:-1"])
def test_an_unreadable_address_is_refused(address: str) -> None:
    """The complaint names the variable and what an address looks like."""
    [line] = complaints_of(EchoSettings, PITH_ECHO_ADDRESS=address)
    assert line.startswith("PITH_ECHO_ADDRESS: must read host:port")


def test_the_table_has_a_row_for_each_setting() -> None:
    """Variable, default and meaning of all settings, as the README shows them."""
    rows = settings_table(ModelSettings).splitlines()
    assert len(rows) == 2 + len(ModelSettings.model_fields)
    assert rows[0] == "| variable | default | meaning |"
    assert "| `PITH_MODEL_ADDRESS` | `127.0.0.1:1` | where |" in rows
    assert "| `PITH_MODEL_LIMIT` | required | a limit without default |" in rows
    assert any(row.startswith("| `PITH_MODEL_TOKENS_FILE` | none |") for row in rows)
    assert any(row.startswith("| `PITH_MODEL_ALLOW_INSECURE` | `false` |") for row in rows)
    assert all(row.count("|") == 4 and not row.endswith("|  |") for row in rows[2:])
