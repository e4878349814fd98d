"""Seals what a shared memo holds: whoever can read or write it learns nothing and cannot forge a result."""

from collections.abc import Sequence

from compressor_service.memos import FAILURES, SharedMemo
from compressor_service.sealing import Keyring, seal, unseal


class SealedMemo:
    """A memo whose values are bound to their keys; one that does not open counts as unknown."""

    def __init__(self, shared: SharedMemo, keyring: Keyring) -> None:
        self._shared = shared
        self._keyring = keyring

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo."""
        sealed = self._shared.get_many(keys)
        return [None if one is None else self._open(key, one) for key, one in zip(keys, sealed, strict=True)]

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See SharedMemo; where what holds does not open, the new value is handed back, though it is not remembered."""
        held = self._shared.remember_many([(key, seal(self._keyring, key, value)) for key, value in items])
        opened = [self._open(key, one) for (key, _), one in zip(items, held, strict=True)]
        return [value if one is None else one for (_, value), one in zip(items, opened, strict=True)]

    def close(self) -> None:
        """See SharedMemo."""
        self._shared.close()

    def _open(self, key: bytes, sealed: bytes) -> bytes | None:
        value = unseal(self._keyring, key, sealed)
        if value is None:
            FAILURES.labels("broken_seal").inc()
        return value
