"""Seals what a miss learnt into a lookup token, and opens it again for Store; pure but for the random nonce.

A token is one version byte, a nonce, and AES-256-GCM over the fields below. The scope is authenticated with it, so a
token of another scope does not open.
"""

import json
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cache_service.requests import Keys
from cache_service.terms import Api, Scope
from grpc_serving.errors import FailedPrecondition, InvalidArgument

VERSION = b"\x02"
NONCE_BYTES = 12
LIFETIME_S = 15 * 60.0
FIELD = "lookup_token"
# Of a text that is never embedded only this much is kept, for people to read.
LISTED_CHARS = 500
BROKEN = "is broken, or was made for another scope or by a service with another secret"


@dataclass(frozen=True)
class Candidate:
    """An entry whose answer is compared with the one that is stored; `support` is what its neighbours say of it.

    `sampled` says that it would have been served and is checked instead.
    """

    entry_id: str
    similarity: float
    support: str
    sampled: bool = False


@dataclass(frozen=True)
class LookupToken:
    """What Store needs to know of the lookup that missed.

    `vector` is little-endian float32, empty if not embedded; `flight` names the call that others wait for; `pool` is
    the pool whose partition it is, empty for a tenant's own; `ttl_s` is how long the caller lets the answer live.
    """

    scope: Scope
    api: Api
    model_group: str
    keys: Keys
    text: str
    semantic: bool
    embedder: str
    issued_at: float
    vector: bytes = b""
    flight: str = ""
    candidates: tuple[Candidate, ...] = ()
    pool: str = ""
    ttl_s: float | None = None


def seal(token: LookupToken, *, key: bytes) -> bytes:
    """The opaque bytes that a client hands back to Store."""
    text = token.text if token.semantic else token.text[:LISTED_CHARS]
    fields = [
        token.api.value,
        token.model_group,
        token.keys.partition.hex(),
        token.keys.exact.hex(),
        text,
        token.semantic,
        token.embedder,
        token.issued_at,
        token.flight,
        [[near.entry_id, near.similarity, near.support, near.sampled] for near in token.candidates],
        token.pool,
        token.ttl_s,
    ]
    head = json.dumps(fields).encode()
    nonce = os.urandom(NONCE_BYTES)
    plain = struct.pack(">I", len(head)) + head + token.vector
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, _bound(token.scope))


def unseal(raw: bytes, *, key: bytes, scope: Scope, embedder: str, now: float) -> LookupToken:
    """The token in the scope it was made for; InvalidArgument when it is broken, foreign or expired."""
    if len(raw) <= 1 + NONCE_BYTES or raw[:1] != VERSION:
        raise InvalidArgument(FIELD, BROKEN)
    try:
        plain = AESGCM(key).decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :], _bound(scope))
    except InvalidTag as error:
        raise InvalidArgument(FIELD, BROKEN) from error
    token = _read(plain, scope)
    if now - token.issued_at > LIFETIME_S:
        raise InvalidArgument(FIELD, f"has expired; it is valid for {LIFETIME_S:.0f} s")
    if token.embedder != embedder:
        raise FailedPrecondition(f"{FIELD}: was made by a service with another embedder; look the request up again")
    return token


def _read(plain: bytes, scope: Scope) -> LookupToken:
    (length,) = struct.unpack_from(">I", plain)
    api, group, partition, exact, text, semantic, embedder, issued_at, flight, candidates, pool, ttl_s = json.loads(
        plain[4 : 4 + length]
    )
    return LookupToken(
        scope,
        Api(api),
        group,
        Keys(bytes.fromhex(partition), bytes.fromhex(exact)),
        text,
        semantic,
        embedder,
        issued_at,
        vector=plain[4 + length :],
        flight=flight,
        candidates=tuple(Candidate(*near) for near in candidates),
        pool=pool,
        ttl_s=ttl_s,
    )


def _bound(scope: Scope) -> bytes:
    return VERSION + json.dumps([scope.tenant_id, scope.key_id, scope.user_id, scope.pool]).encode()
