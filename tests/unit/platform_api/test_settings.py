"""What platform-api can be set to."""

from pathlib import Path

import pytest

from grpc_serving.settings import SettingsError, load_settings
from platform_api.settings import PlatformSettings


def load(**env):
    """Read settings from an environment with our prefix."""
    return load_settings(PlatformSettings, {f"PITH_PLATFORM_{name}": value for name, value in env.items()})


def test_defaults_are_the_documented_ports():
    """Nothing needs to be set on one machine."""
    settings = load()
    assert settings.edge_address == "127.0.0.1:8080"
    assert settings.management_address == "127.0.0.1:8082"
    assert settings.address == "127.0.0.1:50053"
    assert settings.litellm_urls == ("http://127.0.0.1:4000",)
    assert settings.kong_urls == ()
    assert settings.llm_gateway == "litellm"
    assert settings.data_dir == Path.home() / ".local/share/pith/platform"


def test_upstreams_are_comma_separated():
    """A list may have blanks and trailing slashes."""
    settings = load(LITELLM_URLS="http://a:4000/, https://b:4000 ,")
    assert settings.litellm_urls == ("http://a:4000", "https://b:4000")


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"LLM_GATEWAY": "kong"}, "PITH_PLATFORM_KONG_URLS"),
        ({"LITELLM_URLS": ","}, "PITH_PLATFORM_LITELLM_URLS"),
        ({"LITELLM_URLS": "localhost:4000"}, "PITH_PLATFORM_LITELLM_URLS"),
        ({"KONG_URLS": "http://user:secret@kong"}, "PITH_PLATFORM_KONG_URLS"),
        ({"LLM_GATEWAY": "nginx"}, "PITH_PLATFORM_LLM_GATEWAY"),
        ({"EDGE_ADDRESS": "8080"}, "PITH_PLATFORM_EDGE_ADDRESS"),
        ({"MANAGEMENT_ADDRESS": "unix:/tmp/x"}, "PITH_PLATFORM_MANAGEMENT_ADDRESS"),
        ({"WORKERS": "2"}, "PITH_PLATFORM_WORKERS"),
        ({"MAX_BODY_BYTES": "1"}, "PITH_PLATFORM_MAX_BODY_BYTES"),
        ({"LITELM_URLS": "http://a"}, "PITH_PLATFORM_LITELM_URLS"),
    ],
)
def test_a_wrong_setting_is_named(env, named):
    """What cannot be used refuses to start, with the variable's name and no secret."""
    with pytest.raises(SettingsError) as refusal:
        load(**env)
    assert named in str(refusal.value)
    assert "secret" not in str(refusal.value)
