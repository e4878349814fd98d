"""Derives the partition key and the token key of a cache from its secret file."""

from dataclasses import dataclass
from pathlib import Path

from grpc_serving.secret_file import derive_key, load_secret


@dataclass(frozen=True)
class Keyring:
    """The keys that all replicas of one cache share."""

    partition: bytes
    token: bytes


def load_keyring(path: Path) -> Keyring:
    """The keys of a secret file, which is made where it is missing; SettingsError when it is unusable."""
    secret = load_secret(path)
    return Keyring(derive_key(secret, b"pith cache partition key v1"), derive_key(secret, b"pith cache token key v1"))
