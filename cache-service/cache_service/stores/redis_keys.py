"""Names the keys of the Redis stores; pure.

What belongs to one partition has the partition's tag in braces, and what belongs to a tenant a tag of the tenant, so
that in a Cluster all keys of one script share a slot. An entry's id begins with its partition's tag.
"""

import re
from hashlib import sha256
from secrets import token_hex

from cache_service.requests import Keys
from cache_service.stores.redis_client import partition_tag

ENTRY_PREFIX = "pith:e:"
EXPIRIES = "pith:{all}:expiries"
CLOCK = "pith:{all}:clock"
MARKS = "pith:{all}:marks"
SWEPT = "pith:{all}:swept"
_ID = re.compile(r"[0-9a-f]{32}")
_TAG_DIGITS = 16


def suffix(keys: Keys) -> str:
    """What names a request inside the keys of its partition."""
    return f"{keys.partition.hex()}:{keys.exact.hex()}"


def read_suffix(text: bytes | str) -> Keys:
    """What `suffix` wrote."""
    partition, _, exact = (text.decode() if isinstance(text, bytes) else text).partition(":")
    return Keys(bytes.fromhex(partition), bytes.fromhex(exact))


def entry_prefix(partition: bytes) -> str:
    """What the keys of a partition's entries begin with; the exact key follows in hexadecimal digits."""
    return f"{ENTRY_PREFIX}{partition_tag(partition)}:{partition.hex()}:"


def entry(keys: Keys) -> str:
    """The hash of the entry of a request."""
    return entry_prefix(keys.partition) + keys.exact.hex()


def of_partition(kind: str, partition: bytes) -> str:
    """A key that a partition has once."""
    return f"pith:{kind}:{partition_tag(partition)}:{partition.hex()}"


def wrong_for(keys: Keys) -> str:
    """The set of entries, by exact key, that were reported wrong for a request."""
    return f"{of_partition('w', keys.partition)}:{keys.exact.hex()}"


def new_id(partition: bytes) -> str:
    """An id that was never used, which says where its entry lies."""
    return partition[: _TAG_DIGITS // 2].hex() + token_hex(_TAG_DIGITS // 2)


def by_id(entry_id: str) -> str:
    """The key that leads from an id to its entry; of an id that cannot be ours, one that never exists."""
    if not _ID.fullmatch(entry_id):
        return "pith:i:{none}"
    return f"pith:i:{{{entry_id[:_TAG_DIGITS]}}}:{entry_id}"


def of_tenant(kind: str, tenant_id: str) -> str:
    """A key that a tenant has once; braces in a tenant's name must not choose its slot."""
    return f"pith:{kind}:{{{sha256(tenant_id.encode()).hexdigest()[:_TAG_DIGITS]}}}:{tenant_id}"
