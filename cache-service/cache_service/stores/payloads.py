"""Packs what a store keeps of texts and answers: compressed where that pays, sealed where a key is set.

A packed payload begins with a version byte and a byte of flags. A sealed one goes on with the key's id and a nonce;
then comes AES-256-GCM over the (compressed) data. The header, the tenant, and the place that the payload was packed
for are authenticated with it, so that a payload moved to another entry, request or tenant does not open.
"""

import base64
import binascii
import os
import threading
from collections.abc import Sequence
from functools import lru_cache

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from prometheus_client import Counter

from cache_service.requests import Keys
from grpc_serving.environment import SettingsError
from grpc_serving.secret_file import derive_key

PAYLOADS_LOST = Counter(
    "pith_cache_payloads_lost", "Stored payloads that could not be opened; their entries are misses."
)

VERSION = 1
COMPRESSED, SEALED = 1, 2
PLAIN_HEADER = bytes((VERSION, 0))
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES = 32, 4, 12
SEALED_AT = 2 + KEY_ID_BYTES + NONCE_BYTES
# Shorter data is left as it is: the gain would be a few bytes.
COMPRESS_FROM = 1024
LEVEL = 3
# What one payload may unpack to: answers end at the 16 MiB of a message.
MAX_BYTES = 64 << 20
REMEMBERED_TENANTS = 1024


class PayloadLost(Exception):  # noqa: N818
    """The payload cannot be opened: damaged, of another place, or under a key that is not set."""


class Payloads:
    """Packs and unpacks under one list of keys: the first seals, all open; without keys nothing is sealed."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._by_id = {_key_id(key): key for key in keys}
        self._sealing = _key_id(keys[0]) if keys else b""
        self._cipher = lru_cache(REMEMBERED_TENANTS)(self._derived)

    @property
    def sealing(self) -> bool:
        """Whether payloads are sealed; then unsealed ones do not open."""
        return bool(self._sealing)

    def pack(self, tenant_id: str, aad: bytes, data: bytes, *, compress: bool = True) -> bytes:
        """The data as it may be stored, bound to a tenant and to the place that `aad` names."""
        flags = 0
        if compress and len(data) > COMPRESS_FROM:
            smaller = _of_thread.compressor.compress(data)
            if len(smaller) < len(data):
                flags, data = COMPRESSED, smaller
        if not self._sealing:
            return bytes((VERSION, flags)) + data
        nonce = os.urandom(NONCE_BYTES)
        head = bytes((VERSION, flags | SEALED)) + self._sealing
        bound = _bound(head, tenant_id, aad)
        return head + nonce + self._cipher(self._sealing, tenant_id).encrypt(nonce, data, bound)

    def unpack(self, tenant_id: str, aad: bytes, packed: bytes) -> bytes:
        """What was packed for this tenant and place; PayloadLost, which is counted, for anything else."""
        try:
            return self._opened(tenant_id, aad, packed)
        except (InvalidTag, zstandard.ZstdError, ValueError, KeyError) as error:
            PAYLOADS_LOST.inc()
            raise PayloadLost("a stored payload cannot be opened") from error

    def _opened(self, tenant_id: str, aad: bytes, packed: bytes) -> bytes:
        version, flags = packed[0:2]
        if version != VERSION or flags & ~(COMPRESSED | SEALED) or bool(flags & SEALED) != self.sealing:
            raise ValueError("not packed as this service packs")
        data = packed[2:]
        if flags & SEALED:
            key_id = packed[2 : 2 + KEY_ID_BYTES]
            nonce = packed[2 + KEY_ID_BYTES : SEALED_AT]
            bound = _bound(packed[: 2 + KEY_ID_BYTES], tenant_id, aad)
            data = self._cipher(key_id, tenant_id).decrypt(nonce, packed[SEALED_AT:], bound)
        return _decompressed(data) if flags & COMPRESSED else data

    def _derived(self, key_id: bytes, tenant_id: str) -> AESGCM:
        return AESGCM(derive_key(self._by_id[key_id], b"pith cache payload key v1 " + tenant_id.encode()))


class _Zstd(threading.local):
    """What one thread compresses with; made once, since making one takes longer than using it."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_of_thread = _Zstd()
PLAIN = Payloads()


def place(entry_id: str, keys: Keys, what: str) -> bytes:
    """What a payload of an entry is bound to: the entry, the request that it answers, and which payload it is."""
    return keys.partition + keys.exact + f"{entry_id}/{what}".encode()


def read_keys(text: str) -> tuple[bytes, ...]:
    """Keys of 32 bytes in base64, separated by commas; SettingsError for anything else."""
    keys = tuple(_read_key(part.strip()) for part in text.split(",")) if text.strip() else ()
    if len({_key_id(key) for key in keys}) != len(keys):
        raise SettingsError(["encryption_key: holds the same key twice"])
    return keys


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingsError(["encryption_key: is not base64"]) from error
    if len(key) != KEY_BYTES:
        raise SettingsError([f"encryption_key: a key has {len(key)} bytes; exactly {KEY_BYTES} are needed"])
    return key


def _key_id(key: bytes) -> bytes:
    return derive_key(key, b"pith cache payload key id v1")[:KEY_ID_BYTES]


def _bound(head: bytes, tenant_id: str, aad: bytes) -> bytes:
    """Of stated length, so that no two lists of parts read the same."""
    tenant = tenant_id.encode()
    return head + len(tenant).to_bytes(4, "big") + tenant + aad


def _decompressed(data: bytes) -> bytes:
    size = zstandard.frame_content_size(data)
    if not 0 <= size <= MAX_BYTES:
        raise ValueError("too large, or of unknown size")
    return _of_thread.decompressor.decompress(data, max_output_size=MAX_BYTES)
