"""Settings."""

import pytest

from compressor_service.settings import CompressorSettings
from grpc_serving.settings import SettingsError, load_settings, settings_table


def test_the_defaults_are_those_of_the_readme() -> None:
    """Address, metrics port, profile, engines and limits without any variable."""
    settings = load_settings(CompressorSettings, {})
    assert (settings.address, settings.metrics_port) == ("127.0.0.1:50051", 9101)
    assert (settings.default_profile, settings.min_tokens, settings.max_text_bytes) == ("balanced", None, 2_000_000)
    assert (settings.engine_names, settings.memo) == (["tiny_onnx"], "sqlite")
    assert settings.secret_path == settings.folder / "secret"
    assert "~" not in str(settings.folder)


def test_variables_are_read_and_misspelt_ones_refused() -> None:
    """A typo in a name or a value stops the start."""
    assert load_settings(CompressorSettings, {"PITH_COMPRESSOR_DEFAULT_PROFILE": "max"}).default_profile == "max"
    for name, value in (
        ("DEFAULT_PROFILES", "max"),
        ("DEFAULT_PROFILE", "wild"),
        ("WORD_ENGINE", "gzip"),
        ("EXTRA_ENGINES", "llmlingua2, gzip"),
        ("CACHE_PRICES", "openai=free"),
        ("MEMO_TTL_S", "60"),
    ):
        with pytest.raises(SettingsError, match=f"PITH_COMPRESSOR_{name}"):
            load_settings(CompressorSettings, {f"PITH_COMPRESSOR_{name}": value})


def test_engines_are_named_once_the_default_first() -> None:
    """`none` names no engine; blanks and repetitions do no harm."""
    env = {"PITH_COMPRESSOR_WORD_ENGINE": "none", "PITH_COMPRESSOR_EXTRA_ENGINES": " llmlingua2 ,tiny_onnx, llmlingua2"}
    assert load_settings(CompressorSettings, env).engine_names == ["llmlingua2", "tiny_onnx"]


def test_the_password_of_a_redis_is_not_shown() -> None:
    """Neither the table nor the settings' own words hold it."""
    settings = load_settings(CompressorSettings, {"PITH_COMPRESSOR_REDIS_URL": "redis://:canary@host/0"})
    assert "canary" not in repr(settings)
    assert "canary" not in settings_table(CompressorSettings)
