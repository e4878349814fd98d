"""The keys of a cache come from its secret file."""

from pathlib import Path

from cache_service.keys import load_keyring


def test_the_two_keys_differ_from_each_other_and_from_the_secret(tmp_path: Path) -> None:
    """Knowing one does not give the other; the same file gives the same keys, another one others."""
    path = tmp_path / "secret"
    keyring = load_keyring(path)
    assert load_keyring(path) == keyring
    assert len({keyring.partition, keyring.token, path.read_bytes()}) == 3
    assert load_keyring(tmp_path / "other") != keyring
