"""What a shared memo sees, and what becomes of values that others touched."""

from compressor_service.memos import FAILURES
from compressor_service.memos.lru import LruMemo
from compressor_service.memos.sealed import SealedMemo
from compressor_service.sealing import derive_keyring

KEYRING = derive_keyring(b"s" * 32)


def new_memo() -> LruMemo:
    """A memo that others can reach into."""
    return LruMemo(max_entries=100, max_bytes=100_000)


def broken() -> float:
    """How many seals did not open so far."""
    return FAILURES.labels("broken_seal")._value.get()


def test_the_shared_memo_never_sees_a_value() -> None:
    """It holds sealed bytes; whoever has the secret reads them."""
    shared = new_memo()
    memo = SealedMemo(shared, KEYRING)
    assert memo.remember_many([(b"key", b"kept sentences")]) == [b"kept sentences"]
    assert b"sentences" not in (shared.get_many([b"key"])[0] or b"")
    assert SealedMemo(shared, KEYRING).get_many([b"key"]) == [b"kept sentences"]


def test_a_value_moved_under_another_key_is_unknown_and_counted() -> None:
    """Nobody can make one text come out as another did."""
    shared, before = new_memo(), broken()
    SealedMemo(shared, KEYRING).remember_many([(b"mine", b"value")])
    shared.remember_many([(b"yours", shared.get_many([b"mine"])[0] or b"")])
    assert SealedMemo(shared, KEYRING).get_many([b"yours"]) == [None]
    assert broken() == before + 1


def test_an_altered_value_that_holds_is_not_handed_out() -> None:
    """The caller goes on with its own."""
    shared = new_memo()
    shared.remember_many([(b"key", b"\x01 what somebody else wrote there")])
    assert SealedMemo(shared, KEYRING).remember_many([(b"key", b"own")]) == [b"own"]


def test_another_secret_shares_nothing() -> None:
    """A replica with another secret knows nothing of what this one wrote."""
    shared = new_memo()
    SealedMemo(shared, KEYRING).remember_many([(b"key", b"value")])
    assert SealedMemo(shared, derive_keyring(b"t" * 32)).get_many([b"key"]) == [None]
