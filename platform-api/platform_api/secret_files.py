"""The secrets that platform-api makes on first start and keeps in files that only it may read."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from .domain.keys import ADMIN_KEY_ID, digest_of, key_text, new_secret

PEPPER = "pepper"
ADMIN_DIGEST = "admin_key.hmac"
JWT_PRIVATE = "jwt_private.pem"
JWT_PUBLIC = "jwt_public.pem"

_PEPPER_BYTES = 32


class SecretFileError(Exception):
    """A secret file cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the files hold; `new_admin_key` is the admin key's text, known on first start only."""

    pepper: bytes
    admin_digest: bytes
    jwt_key: Ed25519PrivateKey
    new_admin_key: str | None


def load_or_make(folder: Path) -> Secrets:
    """Read the secrets of a data folder, making those that are missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pepper = _read_or_make(folder / PEPPER, secrets.token_bytes(_PEPPER_BYTES))
    if len(pepper) != _PEPPER_BYTES:
        raise SecretFileError(f"{folder / PEPPER}: must hold {_PEPPER_BYTES} bytes; restore it from a backup")
    admin_key = key_text(ADMIN_KEY_ID, new_secret())
    digest = digest_of(admin_key, pepper)
    stored = _read_or_make(folder / ADMIN_DIGEST, digest)
    return Secrets(pepper, stored, _jwt_key(folder), admin_key if stored == digest else None)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, in one step and on the disk when it returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def write_public(path: Path, content: bytes) -> None:
    """Write a file that everybody may read, unless it says the same already."""
    if not path.exists() or path.read_bytes() != content:
        write_private(path, content)
        path.chmod(0o644)


def _read_or_make(path: Path, fresh: bytes) -> bytes:
    if not path.exists():
        write_private(path, fresh)
    return path.read_bytes()


def _jwt_key(folder: Path) -> Ed25519PrivateKey:
    fresh = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        key = load_pem_private_key(_read_or_make(folder / JWT_PRIVATE, fresh), password=None)
    except ValueError as error:
        raise SecretFileError(f"{folder / JWT_PRIVATE}: is no PEM private key ({error})") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SecretFileError(f"{folder / JWT_PRIVATE}: must hold an Ed25519 key")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_public(folder / JWT_PUBLIC, public)
    return key
