"""Settings."""

import pytest

from compressor_service.settings import CompressorSettings
from grpc_serving.settings import SettingsError, load_settings


def test_the_defaults_are_those_of_the_readme() -> None:
    """Address, metrics port, profile and limits without any variable."""
    settings = load_settings(CompressorSettings, {})
    assert (settings.address, settings.metrics_port) == ("127.0.0.1:50051", 9101)
    assert (settings.default_profile, settings.min_tokens, settings.max_text_bytes) == ("safe", 250, 2_000_000)


def test_variables_are_read_and_misspelt_ones_refused() -> None:
    """A typo in a name or a value stops the start."""
    assert load_settings(CompressorSettings, {"PITH_COMPRESSOR_DEFAULT_PROFILE": "max"}).default_profile == "max"
    with pytest.raises(SettingsError, match="PITH_COMPRESSOR_DEFAULT_PROFILES"):
        load_settings(CompressorSettings, {"PITH_COMPRESSOR_DEFAULT_PROFILES": "max"})
    with pytest.raises(SettingsError, match="PITH_COMPRESSOR_DEFAULT_PROFILE"):
        load_settings(CompressorSettings, {"PITH_COMPRESSOR_DEFAULT_PROFILE": "wild"})
