"""Keys checked, tokens minted, both remembered for a while."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from platform_api.domain.keys import ADMIN_KEY_ID, KeyPolicy, VirtualKey, digest_of, key_text, new_secret
from platform_api.domain.tenants import TenantStatus
from platform_api.edge.identity import Authenticator, ShortMemory, TokenMinter
from platform_api.errors import ApiError

PEPPER = b"p" * 32
SECRET = b"s" * 32
TEXT = key_text("k1234567", SECRET)
ADMIN = key_text(ADMIN_KEY_ID, SECRET)
RECORD = VirtualKey("k1234567", "acme", "", digest_of(TEXT, PEPPER), datetime(2026, 11, 1, tzinfo=UTC))


class Store:
    """A store of one key that counts how often it is read, and fails as told."""

    def __init__(self, record=RECORD, *, failures=0):
        self.record = record
        self.reads = 0
        self.failures = failures

    async def get(self, key_id):
        """Return the key if it has the id."""
        self.reads += 1
        await asyncio.sleep(0.01)
        if self.failures:
            self.failures -= 1
            raise OSError("the store is down")
        return self.record if self.record.id == key_id else None


def authenticator(store, *, ttl_s=60.0, size=100):
    """Return an authenticator over a store."""
    admin = digest_of(ADMIN, PEPPER)
    return Authenticator(store.get, pepper=PEPPER, admin_digest=admin, cache_ttl_s=ttl_s, size=size)


async def refusal(checks, text):
    """Return status and code of a refusal."""
    with pytest.raises(ApiError) as error:
        await checks.virtual_key(text)
    return error.value.status, error.value.code


async def test_a_good_key_is_read_once_however_many_ask():
    """Requests at the same time share one read, later ones its result."""
    store = Store()
    checks = authenticator(store)
    records = await asyncio.gather(*(checks.virtual_key(TEXT) for _ in range(50)))
    assert records == [RECORD] * 50
    assert await checks.virtual_key(TEXT) == RECORD
    assert store.reads == 1


async def test_a_caller_that_leaves_does_not_spoil_the_read():
    """The others who wait for the same read still get it."""
    store = Store()
    checks = authenticator(store)
    leaver = asyncio.create_task(checks.virtual_key(TEXT))
    stayer = asyncio.create_task(checks.virtual_key(TEXT))
    await asyncio.sleep(0)
    leaver.cancel()
    assert await stayer == RECORD
    assert store.reads == 1


async def test_a_record_is_read_anew_after_its_time_and_on_demand():
    """The cache time and `forget` both end what is remembered."""
    store = Store()
    checks = authenticator(store, ttl_s=0.05)
    await checks.virtual_key(TEXT)
    await asyncio.sleep(0.06)
    await checks.virtual_key(TEXT)
    checks.forget()
    await checks.virtual_key(TEXT)
    assert store.reads == 3


async def test_a_failed_read_is_not_remembered():
    """When the store is back, so are the keys."""
    store = Store(failures=1)
    checks = authenticator(store)
    with pytest.raises(OSError, match="down"):
        await checks.virtual_key(TEXT)
    assert await checks.virtual_key(TEXT) == RECORD


async def test_garbage_costs_no_read():
    """What is no key, or lacks one, never reaches the store."""
    store = Store()
    checks = authenticator(store)
    assert await refusal(checks, None) == (401, "missing_api_key")
    for text in ("", "sk-pith-x", TEXT[:-1] + ("0" if TEXT[-1] != "0" else "1"), "Bearer " + TEXT):
        assert await refusal(checks, text) == (401, "invalid_api_key")
    assert store.reads == 0


async def test_keys_of_nobody_and_forged_keys_are_refused():
    """A well-formed key needs the right secret and a record."""
    checks = authenticator(Store())
    assert await refusal(checks, key_text("k7654321", SECRET)) == (401, "invalid_api_key")
    assert await refusal(checks, key_text("k1234567", new_secret())) == (401, "invalid_api_key")
    assert await refusal(checks, ADMIN) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"revoked_at": datetime(2026, 11, 2, tzinfo=UTC)}, (401, "key_revoked")),
        ({"expires_at": datetime(2026, 11, 2, tzinfo=UTC)}, (401, "key_expired")),
        ({"tenant_status": TenantStatus.SUSPENDED}, (403, "tenant_suspended")),
    ],
)
async def test_a_key_out_of_force_says_why(change, expected):
    """Revoked, expired and suspended are told apart."""
    assert await refusal(authenticator(Store(replace(RECORD, **change))), TEXT) == expected


async def test_a_key_expires_while_its_record_is_remembered():
    """Expiry needs no new read."""
    soon = datetime.now(UTC) + timedelta(seconds=0.05)
    checks = authenticator(Store(replace(RECORD, expires_at=soon)))
    await checks.virtual_key(TEXT)
    await asyncio.sleep(0.06)
    assert await refusal(checks, TEXT) == (401, "key_expired")


def test_the_admin_key_is_known_by_its_digest():
    """Only the very key counts, and no tenant's key does."""
    checks = authenticator(Store())
    assert checks.is_admin(ADMIN)
    assert not checks.is_admin(None)
    assert not checks.is_admin(TEXT)
    assert not checks.is_admin(key_text(ADMIN_KEY_ID, new_secret()))


def test_a_new_key_is_its_record_and_its_text():
    """The record of a new key holds the digest of the text."""
    fields = {"models": (), "rpm": None, "tpm": None, "policy": KeyPolicy(), "expires_at": None}
    record, text = authenticator(Store()).new_key(tenant_id="acme", name="n", created_at=RECORD.created_at, **fields)
    assert text.startswith(f"sk-pith-{record.id}_")
    assert record.digest == digest_of(text, PEPPER)


def test_a_short_memory_is_bounded_and_short():
    """The oldest goes when it is full, everything goes in time."""
    memory = ShortMemory(ttl_s=60, size=2)
    for key in "abc":
        memory.put(key, key)
    assert (memory.get("a"), memory.get("b"), memory.get("c"), len(memory)) == (None, "b", "c", 2)
    memory.forget("b")
    assert memory.get("b") is None
    memory.clear()
    assert len(memory) == 0
    gone = ShortMemory(ttl_s=0, size=2)
    gone.put("a", 1)
    assert gone.get("a") is None


def claims(token, key):
    """Return what a token says."""
    return jwt.decode(token, key.public_key(), algorithms=["EdDSA"], audience="pith", issuer="pith-platform")


def test_a_token_says_what_the_key_may_do():
    """Only what is limited is claimed."""
    private = Ed25519PrivateKey.generate()
    minter = TokenMinter(private, ttl_s=60, size=10)
    said = claims(minter.token(RECORD), private)
    assert set(said) == {"iss", "aud", "sub", "tenant", "iat", "exp"}
    assert (said["sub"], said["tenant"], said["exp"] - said["iat"]) == ("k1234567", "acme", 60)
    limited = replace(RECORD, models=("gpt-4o",), rpm=1, tpm=2, policy=KeyPolicy(compress=False))
    said = claims(minter.token(limited), private)
    assert (said["models"], said["rpm"], said["tpm"], said["policy"]) == (["gpt-4o"], 1, 2, {"compress": False})


def test_a_token_is_reused_until_the_key_changes_or_half_its_life_is_over():
    """A token handed out has at least half of its life before it."""
    minter = TokenMinter(Ed25519PrivateKey.generate(), ttl_s=60, size=10)
    token = minter.token(RECORD)
    assert minter.token(RECORD) == token
    assert minter.token(replace(RECORD, rpm=1)) != token
    brief = TokenMinter(Ed25519PrivateKey.generate(), ttl_s=0, size=10)
    assert brief._tokens.get(RECORD.id) is None
