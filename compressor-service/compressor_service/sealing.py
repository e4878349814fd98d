"""The memo's secret: the file, the keys derived from it, and how entries are named and sealed."""

import hmac
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grpc_serving.settings import SettingsError

SECRET_BYTES = 32
VERSION = b"\x01"
NONCE_BYTES = 12
_LENGTH_BYTES = 8


@dataclass(frozen=True)
class Keyring:
    """The two keys that all workers and replicas with one secret share."""

    memo: bytes
    seal: bytes


def load_keyring(path: Path) -> Keyring:
    """Derive the keys from a secret file, made with mode 0600 where it is missing; SettingsError when it is unusable."""
    try:
        _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise SettingsError([f"secret file {path}: {error.strerror or error}"]) from error
    if len(secret) != SECRET_BYTES:
        raise SettingsError([f"secret file {path}: has {len(secret)} bytes; exactly {SECRET_BYTES} are needed"])
    return derive_keyring(secret)


def new_keyring() -> Keyring:
    """Return keys of a secret that is kept nowhere, for a memo that ends with the process."""
    return derive_keyring(secrets.token_bytes(SECRET_BYTES))


def derive_keyring(secret: bytes) -> Keyring:
    """Derive the keys from the secret itself."""
    return Keyring(_derive(secret, b"pith compressor memo key v1"), _derive(secret, b"pith compressor seal key v1"))


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


def _make(path: Path) -> None:
    """Write the secret aside and link it into place: of several processes one wins, the others read its file."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
