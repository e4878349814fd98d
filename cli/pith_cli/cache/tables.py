"""Lays the replies of the cache out as tables."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Reply = Mapping[str, Any]
_ANSWER_CHARS = 2000


def stats(reply: Reply) -> RenderableType:
    """Show counters and rates."""
    view = _facts("counters")
    for name in ("lookups", "hits_exact", "hits_semantic", "misses", "bypasses", "stored", "rejected", "entries"):
        view.add_row(name.replace("_", " "), f"{reply[name]:,}")
    view.add_row("hit rate", f"{reply['hit_rate']:.3f}")
    interval = f"{reply['wrong_per_hit_low']:.4f} to {reply['wrong_per_hit_high']:.4f}"
    view.add_row("wrong per hit", f"{reply['wrong_per_hit']:.4f} (95 %: {interval})")
    view.add_row("saved", _saved(reply["saved"]))
    return view


def entries(reply: Reply) -> RenderableType:
    """Show one line an entry."""
    view = _listing("entries", reply["entries"])
    if reply["next_page_token"]:
        return Group(view, f"more: --page-token {reply['next_page_token']}")
    return view


def entry(reply: Reply) -> RenderableType:
    """Show all of one entry."""
    found = reply["entry"]
    view = _facts(f"entry {found['entry_id']}")
    for name in ("key_text", "model_group", "api", "stored_at", "expires_at", "hits"):
        view.add_row(name.replace("_", " "), Text(str(found[name])))
    view.add_row("tags", Text(", ".join(found["tags"]) or "-"))
    view.add_row("sources", Text(_sources(found["sources"])))
    view.add_row("saved", _saved(found["saved"] or {}))
    answers = [Text(f"{one['format']}: {one['body'][:_ANSWER_CHARS]}") for one in reply["answers"]]
    return Group(view, *answers)


def explain(reply: Reply) -> RenderableType:
    """Show what each guard thinks, and what would be served."""
    view = _facts("guards", "guard", "verdict", "detail")
    for one in reply["guards"]:
        view.add_row(
            one["name"], Text(one["verdict"] or "passes", style="red" if one["verdict"] else ""), Text(one["detail"])
        )
    sums = _facts("the pair")
    sums.add_row("outcome", reply["outcome"])
    sums.add_row("reason", Text(reply["reason"] or reply["veto"] or "-"))
    sums.add_row("similarity", f"{reply['similarity']:.4f}")
    sums.add_row("error bound", f"{reply['error_bound']:.4f} (budget {reply['max_wrong_hit_rate']:.4f})")
    sums.add_row("same exact key", _yes(reply["same_exact_key"]))
    sums.add_row("same partition", _yes(reply["same_partition"]))
    return Group(view, sums)


def report(reply: Reply) -> RenderableType:
    """Say what a verdict did."""
    view = _facts("report")
    for name in ("entry_removed", "pair_remembered", "counted"):
        view.add_row(name.replace("_", " "), _yes(reply[name]))
    return view


def invalidated(reply: Reply, *, dry_run: bool) -> RenderableType:
    """Say how many entries are meant, with some of them."""
    title = f"{reply['matched']:,} entries {'match' if dry_run else 'taken out of service'}"
    return _listing(title, reply["samples"]) if reply["samples"] else Text(title)


def policy(reply: Reply) -> RenderableType:
    """Show the policy; with it what the evidence allows and what it would take to allow more."""
    found = reply["policy"]
    view = _facts(f"policy of {found['namespace']}")
    for name, value in found.items():
        if name != "namespace":
            view.add_row(name.replace("_", " "), Text(_plain(value)))
    calibration = reply.get("calibration")
    return Group(view, *([_calibration(calibration)] if calibration else []))


def lookup(reply: Reply) -> RenderableType:
    """Show what a lookup decided and how long each stage took."""
    view = _facts("lookup")
    for name in ("outcome", "hit_kind", "bypass_reason", "entry_id", "shadow"):
        if reply[name]:
            view.add_row(name.replace("_", " "), Text(reply[name]))
    for name in ("stale", "in_flight"):
        view.add_row(name.replace("_", " "), _yes(reply[name]))
    view.add_row("similarity", f"{reply['similarity']:.4f}")
    view.add_row("error bound", f"{reply['error_bound']:.4f}")
    timings = reply["timings"] or {}
    stages = " ".join(f"{name} {value:.2f}" for name, value in timings.get("stage_ms", {}).items())
    view.add_row("ms", f"{timings.get('total_ms', 0.0):.2f}: {stages}")
    near = _facts("near and not served", "entry", "similarity", "veto")
    for one in reply["near_misses"]:
        near.add_row(one["entry_id"], f"{one['similarity']:.4f}", one["veto"])
    answers = [Text(f"{one['format']}: {one['body'][:_ANSWER_CHARS]}") for one in reply["answers"]]
    return Group(view, *([near] if reply["near_misses"] else []), *answers)


def _calibration(found: Reply) -> Table:
    view = _facts("what the evidence allows")
    threshold = "nothing but exact hits" if found["threshold"] is None else f"from similarity {found['threshold']:.3f}"
    view.add_row("served", threshold)
    view.add_row("error bound there", f"{found['error_bound']:.4f}")
    view.add_row("observations", f"{found['observations']:.0f}, of them own {found['own_observations']:.0f}")
    view.add_row("expected share of hits", f"{found['expected_hit_share']:.3f}")
    view.add_row("expected wrong per hit", f"{found['expected_wrong_rate']:.4f}")
    if found["next_threshold"] is not None:
        view.add_row(
            "to open further", f"{found['missing_observations']} right answers at {found['next_threshold']:.3f}"
        )
    return view


def _listing(title: str, found: Sequence[Reply]) -> Table:
    view = _facts(title, "entry", "text", "model", "stored", "expires", "hits", "tags")
    for one in found:
        times = (one["stored_at"] or "-", one["expires_at"] or "-")
        tags = Text(", ".join(one["tags"]))
        view.add_row(one["entry_id"], Text(one["key_text"]), one["model_group"], *times, str(one["hits"]), tags)
    return view


def _facts(title: str, *headings: str) -> Table:
    view = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, show_header=bool(headings))
    for heading in headings or ("", ""):
        view.add_column(heading, overflow="fold")
    return view


def _saved(found: Reply) -> str:
    tokens = found.get("prompt_tokens", 0), found.get("completion_tokens", 0)
    return f"{tokens[0]:,} + {tokens[1]:,} tokens, {found.get('cost_usd', 0.0):.4f} USD"


def _sources(found: Sequence[Reply]) -> str:
    return ", ".join(f"{one['id']}@{one['version']}" if one["version"] else one["id"] for one in found) or "-"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None or value == "" else value if isinstance(value, str) else json.dumps(value)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
