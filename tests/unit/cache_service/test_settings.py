"""The settings of the service."""

from pathlib import Path

import pytest

from cache_service.settings import CacheSettings
from grpc_serving.settings import SettingsError, load_settings, settings_table

README = Path(__file__).parents[3] / "cache-service" / "README.md"


def test_the_defaults_are_those_of_one_machine() -> None:
    """Loopback, SQLite, one hour."""
    settings = load_settings(CacheSettings, {})
    assert (settings.address, settings.metrics_port, settings.store) == ("127.0.0.1:50052", 9102, "sqlite")
    assert settings.default_ttl_s == 3600
    assert settings.secret_path == settings.folder / "secret"
    assert settings.folder.is_absolute()


def test_variables_set_them(tmp_path: Path) -> None:
    """Each by its name."""
    env = {
        "PITH_CACHE_DATA_DIR": str(tmp_path),
        "PITH_CACHE_SECRET_FILE": str(tmp_path / "s"),
        "PITH_CACHE_WORKERS": "2",
    }
    settings = load_settings(CacheSettings, env)
    assert (settings.folder, settings.secret_path, settings.workers) == (tmp_path, tmp_path / "s", 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIN_SIMILARITY", "1.1"),
        ("DEFAULT_TTL_S", "0"),
        ("DEFAULT_TTL_S", "2592001"),
        ("MAX_ENTRIES", "0"),
        ("EMBEDER", "none"),
        ("MAX_TEXT_BYTES", "many"),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(name: str, value: str) -> None:
    """So is a name that is none."""
    with pytest.raises(SettingsError, match=f"PITH_CACHE_{name}"):
        load_settings(CacheSettings, {f"PITH_CACHE_{name}": value})


def test_the_readme_has_the_table_of_the_settings() -> None:
    """It is generated, so it cannot be out of date."""
    assert settings_table(CacheSettings) in README.read_text(encoding="utf-8")
