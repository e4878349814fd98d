"""Opening what the settings name."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from compressor_service.loading import load_engines, open_policies, open_shared_memo
from compressor_service.policy import Profile
from compressor_service.settings import CompressorSettings
from grpc_serving.settings import SettingsError, load_settings


def settings(folder: Path, **env: str) -> CompressorSettings:
    """Read settings as the service does, with data in a folder of the test."""
    given = {f"PITH_COMPRESSOR_{name}": value for name, value in env.items()}
    return load_settings(CompressorSettings, {"PITH_COMPRESSOR_DATA_DIR": str(folder), **given})


async def test_the_default_word_engine_is_loaded(tmp_path: Path) -> None:
    """The small model ships with the service; its fingerprint is part of the name of sentences."""
    async with AsyncExitStack() as closing:
        engines = await load_engines(settings(tmp_path), "bpe-1", closing)
        bare = await load_engines(settings(tmp_path, WORD_ENGINE="none"), "bpe-1", closing)
    assert engines.names == ("tiny_onnx", "sentences", "lossless")
    assert engines.word_engine == "tiny_onnx"
    assert bare.names == ("sentences", "lossless")
    assert bare.word_engine == ""
    assert bare.fingerprint_of("sentences") != engines.fingerprint_of("sentences")


@pytest.mark.parametrize("variable", ["WORD_ENGINE", "EXTRA_ENGINES"])
async def test_an_engine_that_was_named_and_cannot_load_refuses_the_start(tmp_path: Path, variable: str) -> None:
    """The message is the engine's own: what is missing, or which folder holds no model."""
    named = settings(tmp_path, **{variable: "llmlingua2", "LLMLINGUA_MODEL": str(tmp_path / "no-model-here")})
    async with AsyncExitStack() as closing:
        with pytest.raises(SettingsError, match="llmlingua2"):
            await load_engines(named, "bpe-1", closing)


async def test_policies_come_from_the_settings_or_from_the_file(tmp_path: Path) -> None:
    """The settings are what the file falls back to."""
    async with AsyncExitStack() as closing:
        fixed = open_policies(settings(tmp_path, DEFAULT_PROFILE="safe", FURTHEST_PROFILE="balanced"), (), closing)
        assert fixed.defaults_for("x").profile is Profile.SAFE
        assert fixed.defaults_for("x").furthest is Profile.BALANCED
        (tmp_path / "p.yaml").write_text("tenants: {x: {profile: max}}")
        file = str(tmp_path / "p.yaml")
        read = open_policies(settings(tmp_path, DEFAULT_PROFILE="safe", POLICIES_FILE=file), (), closing)
        assert [read.defaults_for(name).profile for name in ("x", "y")] == [Profile.MAX, Profile.SAFE]


async def test_the_memo_survives_a_restart_with_the_same_secret(tmp_path: Path) -> None:
    """The secret is made once, for its owner alone; in memory only there is none."""
    for _ in range(2):
        async with AsyncExitStack() as closing:
            memo, keyring = open_shared_memo(settings(tmp_path), closing)
            assert memo.remember_many([(keyring.memo, b"first")]) == [b"first"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    async with AsyncExitStack() as closing:
        memo, keyring = open_shared_memo(settings(tmp_path), closing)
        assert memo.remember_many([(keyring.memo, b"second")]) == [b"first"]
        alone, other = open_shared_memo(settings(tmp_path / "none", MEMO="lru"), closing)
        assert alone.get_many([keyring.memo]) == [None]
        assert other != keyring
    assert not (tmp_path / "none").exists()
