"""Makes and reads a service's secret file, and derives keys from what it holds."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grpc_serving.settings import SettingsError

SECRET_BYTES = 32


def load_secret(path: Path) -> bytes:
    """Return the secret of a file, made with mode 0600 where it is missing; SettingsError when it is unusable."""
    try:
        _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise SettingsError([f"secret file {path}: {error.strerror or error}"]) from error
    if len(secret) != SECRET_BYTES:
        raise SettingsError([f"secret file {path}: has {len(secret)} bytes; exactly {SECRET_BYTES} are needed"])
    return secret


def derive_key(secret: bytes, purpose: bytes) -> bytes:
    """Return 32 bytes by HKDF-SHA256 (RFC 5869); who knows them knows neither the secret nor the key of another purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


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
