"""The secret file: made once, shared by all, refused when it is not right."""

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from cache_service.keys import load_keyring
from grpc_serving.settings import SettingsError


def test_the_first_start_makes_a_private_secret_and_the_next_reads_it(tmp_path: Path) -> None:
    """32 bytes, mode 0600, nothing left beside it."""
    path = tmp_path / "made" / "secret"
    first = load_keyring(path)
    assert load_keyring(path) == first
    assert len(path.read_bytes()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_the_two_keys_differ_from_each_other_and_from_the_secret(tmp_path: Path) -> None:
    """Knowing one does not give the other."""
    path = tmp_path / "secret"
    keyring = load_keyring(path)
    assert len({keyring.partition, keyring.token, path.read_bytes()}) == 3
    assert load_keyring(tmp_path / "other") != keyring


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    """One of them wins, all use its secret."""
    path = tmp_path / "secret"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        keyrings = set(pool.map(load_keyring, [path] * 8))
    assert len(keyrings) == 1


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_secret_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    """A cut file must not become a weak key."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=f"has {len(content)} bytes; exactly 32"):
        load_keyring(path)


def test_a_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(SettingsError, match=str(tmp_path)):
        load_keyring(tmp_path)
