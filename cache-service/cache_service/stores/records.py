"""What stores keep as JSON: policies, and the labels of entries; pure.

A document of an older release lacks fields, which then have their defaults; one of a newer release may have more,
which are left alone.
"""

import json
from collections.abc import Sequence
from typing import Any

from cache_service.terms import Mode, Policy, ScopeWidth, Source


def policy_json(policy: Policy) -> str:
    """A policy, its etag included, as one document."""
    document: dict[str, Any] = {
        "namespace": policy.namespace,
        "scope_width": policy.scope_width.value,
        "ttl_s": policy.ttl_s,
        "modes": [mode.value for mode in policy.modes],
        "max_temperature": policy.max_temperature,
        "etag": policy.etag,
        "max_wrong_hit_rate": policy.max_wrong_hit_rate,
        "pool": policy.pool,
        "pool_members": list(policy.pool_members),
        "pool_curators": list(policy.pool_curators),
        "stale_after_s": policy.stale_after_s,
        "shadow_rate": policy.shadow_rate,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read_policy(text: str | bytes) -> Policy:
    """What `policy_json` wrote; ValueError for what is no policy."""
    document = _object(text)
    if not isinstance(document.get("namespace"), str):
        raise ValueError("policy: has no namespace")  # noqa: TRY004
    default = Policy(document["namespace"])
    rate = document.get("shadow_rate")
    return Policy(
        default.namespace,
        ScopeWidth(document.get("scope_width", default.scope_width.value)),
        float(document.get("ttl_s", default.ttl_s)),
        tuple(Mode(mode) for mode in document.get("modes", ())),
        float(document.get("max_temperature", default.max_temperature)),
        str(document.get("etag", "")),
        float(document.get("max_wrong_hit_rate", default.max_wrong_hit_rate)),
        str(document.get("pool", "")),
        tuple(map(str, document.get("pool_members", ()))),
        tuple(map(str, document.get("pool_curators", ()))),
        float(document.get("stale_after_s", default.stale_after_s)),
        None if rate is None else float(rate),
    )


def labels_json(tags: Sequence[str], sources: Sequence[Source]) -> str:
    """Tags and sources of an entry, each once and in order; an empty text for none."""
    if not tags and not sources:
        return ""
    pairs = sorted({(source.id, source.version) for source in sources})
    return json.dumps([sorted(set(tags)), pairs], ensure_ascii=False, separators=(",", ":"))


def read_labels(text: str | bytes) -> tuple[tuple[str, ...], tuple[Source, ...]]:
    """What `labels_json` wrote; ValueError for anything else."""
    if not text:
        return (), ()
    document = json.loads(text)
    if not isinstance(document, list) or len(document) != 2:
        raise ValueError("labels: not a pair of lists")
    tags, sources = document
    return tuple(map(str, tags)), tuple(Source(str(name), str(version)) for name, version in sources)


def _object(text: str | bytes) -> dict[str, Any]:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("policy: not an object")  # noqa: TRY004
    return document
