"""How entries of the memo are named and sealed, with keys from the service's secret file."""

import hmac
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from grpc_serving.secret_file import SECRET_BYTES, derive_key, load_secret

VERSION = b"\x01"
NONCE_BYTES = 12
_LENGTH_BYTES = 8


@dataclass(frozen=True)
class Keyring:
    """The two keys that all workers and replicas with one secret share."""

    memo: bytes
    seal: bytes


def load_keyring(path: Path) -> Keyring:
    """Derive the keys from a secret file, which is made where it is missing; SettingsError when it is unusable."""
    return derive_keyring(load_secret(path))


def new_keyring() -> Keyring:
    """Return keys of a secret that is kept nowhere, for a memo that ends with the process."""
    return derive_keyring(secrets.token_bytes(SECRET_BYTES))


def derive_keyring(secret: bytes) -> Keyring:
    """Derive the keys from the secret itself."""
    return Keyring(
        derive_key(secret, b"pith compressor memo key v1"), derive_key(secret, b"pith compressor seal key v1")
    )


def memo_key(keyring: Keyring, tenant_id: str, *parts: str | bytes) -> bytes:
    """Name an entry after a tenant and everything its value depends on; each part counts with its length and place."""
    digest = hmac.new(keyring.memo, digestmod=sha256)
    for part in (tenant_id, *parts):
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(_LENGTH_BYTES))
        digest.update(data)
    return digest.digest()


def seal(keyring: Keyring, key: bytes, value: bytes) -> bytes:
    """Encrypt a value so that it opens under its own key only."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(keyring.seal).encrypt(nonce, value, VERSION + key)


def unseal(keyring: Keyring, key: bytes, sealed: bytes) -> bytes | None:
    """Return the value, or None when it was altered, moved from another key or sealed with another secret."""
    if sealed[:1] != VERSION:
        return None
    nonce, encrypted = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if len(nonce) != NONCE_BYTES:
        return None
    try:
        return AESGCM(keyring.seal).decrypt(nonce, encrypted, VERSION + key)
    except InvalidTag:
        return None
