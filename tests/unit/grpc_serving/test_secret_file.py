"""The secret file: made once, shared by all, refused when it is not right."""

import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from grpc_serving.secret_file import derive_key, load_secret
from grpc_serving.settings import SettingsError


def test_the_first_start_makes_a_private_secret_and_the_next_reads_it(tmp_path: Path) -> None:
    """32 bytes, mode 0600, nothing left beside it."""
    path = tmp_path / "made" / "secret"
    first = load_secret(path)
    assert load_secret(path) == first == path.read_bytes()
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    """One of them wins, all use its secret."""
    path = tmp_path / "secret"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(set(pool.map(load_secret, [path] * 8))) == 1


def test_threads_that_start_at_once_agree(tmp_path: Path) -> None:
    """So do the threads of one process."""
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load_secret, [path] * 32))) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_secret_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    """A cut file must not become a weak key; the error names the file and the size."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=f"secret file .* has {len(content)} bytes; exactly 32"):
        load_secret(path)


def test_a_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder in its place is an error that names it."""
    with pytest.raises(SettingsError, match=f"secret file {tmp_path}"):
        load_secret(tmp_path)


def test_keys_differ_by_purpose_and_secret() -> None:
    """Knowing one gives neither another nor the secret."""
    secret, other = b"s" * 32, b"t" * 32
    keys = {derive_key(secret, b"one"), derive_key(secret, b"two"), derive_key(other, b"one"), secret}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)
