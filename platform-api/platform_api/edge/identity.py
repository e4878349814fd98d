"""Who asks, and how LiteLLM is told: virtual key in, short-lived JWT out."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import UTC, datetime
from typing import Generic, TypedDict, TypeVar, Unpack

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from platform_api.domain.keys import (
    ADMIN_KEY_ID,
    KeyPolicy,
    KeyState,
    VirtualKey,
    digest_of,
    key_id_of,
    key_text,
    new_key_id,
    new_secret,
    same_digest,
)
from platform_api.domain.tenants import TenantStatus
from platform_api.errors import ApiError

JWT_ISSUER = "pith-platform"
JWT_AUDIENCE = "pith"

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Lookup = Callable[[str], Awaitable[VirtualKey | None]]


class NewKey(TypedDict):
    """What a key's maker decides about it."""

    tenant_id: str
    name: str
    created_at: datetime
    models: tuple[str, ...]
    rpm: int | None
    tpm: int | None
    policy: KeyPolicy
    expires_at: datetime | None


class ShortMemory(Generic[K, V]):
    """A bounded mapping that forgets each entry after a while, and the oldest when full."""

    def __init__(self, *, ttl_s: float, size: int) -> None:
        self._ttl_s = ttl_s
        self._size = size
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what is remembered and still fresh."""
        expires_at, value = self._entries.get(key, (0.0, None))
        return value if time.monotonic() < expires_at else None

    def put(self, key: K, value: V) -> None:
        """Remember a value from now on."""
        self._entries.pop(key, None)
        self._entries[key] = (time.monotonic() + self._ttl_s, value)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def forget(self, key: K) -> None:
        """Forget a value at once."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything at once."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


class Authenticator:
    """Checks keys; a key's record is read at most once per cache time, however many ask at once."""

    def __init__(self, lookup: Lookup, *, pepper: bytes, admin_digest: bytes, cache_ttl_s: float, size: int) -> None:
        self._lookup = lookup
        self._pepper = pepper
        self._admin_digest = admin_digest
        self._records: ShortMemory[str, asyncio.Task[VirtualKey | None]] = ShortMemory(ttl_s=cache_ttl_s, size=size)

    async def virtual_key(self, text: str | None) -> VirtualKey:
        """Return the record of the key a client sent, or raise the ApiError that says why not."""
        if text is None:
            raise ApiError(401, "missing_api_key", "no key was sent; send 'Authorization: Bearer sk-pith-...'")
        key_id = key_id_of(text)
        record = None if key_id is None else await self._record(key_id)
        if record is None or not same_digest(record.digest, digest_of(text, self._pepper)):
            raise ApiError(401, "invalid_api_key", "the key is not known here")
        _check_state(record)
        return record

    def is_admin(self, text: str | None) -> bool:
        """Tell whether a text is the admin key."""
        if text is None or key_id_of(text) != ADMIN_KEY_ID:
            return False
        return same_digest(self._admin_digest, digest_of(text, self._pepper))

    def new_key(self, **fields: Unpack[NewKey]) -> tuple[VirtualKey, str]:
        """Make a key: its record, and the text that is shown once."""
        key_id = new_key_id()
        text = key_text(key_id, new_secret())
        return VirtualKey(id=key_id, digest=digest_of(text, self._pepper), **fields), text

    def forget(self) -> None:
        """Read every record anew, because a key or tenant has changed."""
        self._records.clear()

    async def _record(self, key_id: str) -> VirtualKey | None:
        task = self._records.get(key_id)
        if task is None or _has_failed(task):
            task = asyncio.create_task(self._read(key_id))
            self._records.put(key_id, task)
        # Shielded, because others wait for the same read after this caller has left.
        return await asyncio.shield(task)

    async def _read(self, key_id: str) -> VirtualKey | None:
        return await self._lookup(key_id)


class TokenMinter:
    """Signs what LiteLLM needs to know of a key; a token serves for half of its life."""

    def __init__(self, private_key: Ed25519PrivateKey, *, ttl_s: int, size: int) -> None:
        self._private_key = private_key
        self._ttl_s = ttl_s
        self._tokens: ShortMemory[str, tuple[VirtualKey, str]] = ShortMemory(ttl_s=ttl_s / 2, size=size)

    def token(self, key: VirtualKey) -> str:
        """Return a JWT for a key that has at least half of its life before it."""
        record, token = self._tokens.get(key.id) or (None, "")
        if record != key:
            token = jwt.encode(self._claims(key), self._private_key, algorithm="EdDSA")
            self._tokens.put(key.id, (key, token))
        return token

    def _claims(self, key: VirtualKey) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": JWT_ISSUER,
            "aud": JWT_AUDIENCE,
            "sub": key.id,
            "tenant": key.tenant_id,
            "iat": now,
            "exp": now + self._ttl_s,
            "models": list(key.models) or None,
            "rpm": key.rpm,
            "tpm": key.tpm,
            "policy": key.policy.claims() or None,
        }
        return {name: value for name, value in claims.items() if value is not None}


def _has_failed(task: asyncio.Task[VirtualKey | None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _check_state(key: VirtualKey) -> None:
    state = key.state(datetime.now(UTC))
    if state is not KeyState.ACTIVE:
        raise ApiError(401, f"key_{state}", f"the key {key.id} is {state}")
    if key.tenant_status is not TenantStatus.ACTIVE:
        raise ApiError(403, "tenant_suspended", f"the tenant {key.tenant_id} is suspended")
