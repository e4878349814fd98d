"""What a virtual key is: its text, its checksum, its digest and when it counts.

A key reads `sk-pith-<id of 8>_<secret, 43 base62 digits = 32 bytes><checksum, 6 base62 digits>`. The checksum only tells
a mistyped key from a possible one, so that garbage never costs a database read; the secret is what proves anything.
"""

import hashlib
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .tenants import TenantStatus

PREFIX = "sk-pith-"
ADMIN_KEY_ID = "platform"
MAX_MODELS = 100
MAX_LIMIT = 1_000_000_000

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE62_SET = frozenset(_BASE62)
_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LETTERS_SET = frozenset(_ID_LETTERS)
_ID_LENGTH = 8
_SECRET_BYTES = 32
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6
_KEY_LENGTH = len(PREFIX) + _ID_LENGTH + 1 + _SECRET_LENGTH + _CHECKSUM_LENGTH


class KeyState(StrEnum):
    """Whether a key is let in, and if not, why."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What the key's owner chose for its requests; None leaves the choice to the services."""

    cache: bool | None = None
    compress: bool | None = None

    def claims(self) -> dict[str, bool]:
        """Return the choices made, as the JWT carries them."""
        return {name: value for name in ("cache", "compress") if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class VirtualKey:
    """One key of a tenant as it is stored; its secret is known by digest only."""

    id: str
    tenant_id: str
    name: str
    digest: bytes
    created_at: datetime
    models: tuple[str, ...] = ()
    rpm: int | None = None
    tpm: int | None = None
    policy: KeyPolicy = KeyPolicy()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    tenant_status: TenantStatus = TenantStatus.ACTIVE

    def state(self, now: datetime) -> KeyState:
        """Tell whether the key counts at a moment."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.ACTIVE

    def allows(self, model: str) -> bool:
        """Tell whether the key may use a model; an empty list allows all."""
        return not self.models or model in self.models


def new_key_id() -> str:
    """Make a key id: `k` and seven random letters or digits."""
    return "k" + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH - 1))


def new_secret() -> bytes:
    """Make the 32 random bytes that a key proves."""
    return secrets.token_bytes(_SECRET_BYTES)


def key_text(key_id: str, secret: bytes) -> str:
    """Write a key out as its holder sends it."""
    if len(secret) != _SECRET_BYTES or not _is_id(key_id):
        raise ValueError(f"a key needs an id of {_ID_LENGTH} and a secret of {_SECRET_BYTES} bytes")
    body = f"{PREFIX}{key_id}_{_base62(int.from_bytes(secret, 'big'), _SECRET_LENGTH)}"
    return body + _checksum(body)


def key_id_of(text: str) -> str | None:
    """Return the id that a well-formed key names, or None for anything else."""
    if len(text) != _KEY_LENGTH or not text.startswith(PREFIX):
        return None
    key_id, separator, rest = text[len(PREFIX) :].partition("_")
    if not separator or not _is_id(key_id) or not _BASE62_SET.issuperset(rest):
        return None
    body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return key_id if checksum == _checksum(body) else None


def digest_of(text: str, pepper: bytes) -> bytes:
    """Return what is stored of a key; a fast hash is enough for 256 random bits."""
    return hmac.digest(pepper, text.encode(), hashlib.sha256)


def same_digest(one: bytes, other: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(one, other)


def _is_id(text: str) -> bool:
    return len(text) == _ID_LENGTH and _ID_LETTERS_SET.issuperset(text)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))
