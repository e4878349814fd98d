"""What `pith compress` shows of an answer: the marked text, the counts, what was protected, the receipt."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text as Styled

from pith_cli.clients import Compressed, CompressedText, Protected
from pith_cli.receipts import pieces

_DROPPED = "strike red"
# Where nothing can be struck through, the marks of a word diff.
_MARKS = "[-{}-]"
_HINTS = {"too_short": "; --rate asks for it all the same"}


def marked(text: str, result: CompressedText, *, styled: bool) -> Styled:
    """Return the original with what was dropped struck through, or in brackets where there are no styles."""
    shown = Styled()
    for kept, group in groupby(pieces(text, result.spans), key=itemgetter(1)):
        piece = "".join(part for part, _ in group)
        shown.append(piece if kept or styled else _MARKS.format(piece), style="" if kept else _DROPPED)
    return shown


def summary(result: Compressed) -> str:
    """Say in one line what became of the text, or why nothing did."""
    first = result.texts[0]
    if not first.changed:
        reason = first.skip_reason.removeprefix("SKIP_REASON_").lower()
        return f"\nunchanged: {reason or 'nothing to drop'}{_HINTS.get(reason, '')}"
    ratio = result.eligible_before / max(1, result.eligible_after)
    counts = f"{result.eligible_before} -> {result.eligible_after} tokens ({ratio:.1f}x)"
    degraded = f" instead of {result.degraded_from}" if result.degraded_from else ""
    return f"\n{counts} by {result.engine}{degraded} in {result.total_ms:.1f} ms"


def protected_table(protected: Sequence[Protected]) -> Table:
    """Lay out by class how much there was, how much is left, and how much verification put back."""
    view = Table(title="protected", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    view.add_column("class")
    for heading in ("total", "kept", "repaired"):
        view.add_column(heading, justify="right")
    for one in protected:
        view.add_row(one.name, str(one.total), str(one.kept), str(one.repaired))
    return view


def stages(result: Compressed) -> str:
    """Say in one line how many tokens the whole text had and has, and where the time went."""
    tokenizer = result.tokenizer + ("" if result.tokenizer_exact else ", an estimate")
    counts = f"all tokens: {result.tokens_before} -> {result.tokens_after} ({tokenizer})"
    times = [("queue", result.queue_ms), *result.stage_ms.items()]
    return f"{counts}; " + ", ".join(f"{name} {took_ms:.2f} ms" for name, took_ms in times)


def receipt(text: str, question: str, result: Compressed) -> str:
    """Write all that is known of an answer as JSON; offsets are bytes of the original's UTF-8."""
    first = result.texts[0]
    whole = {
        "original": text,
        "question": question,
        "text": first.text,
        "changed": first.changed,
        "skip_reason": first.skip_reason.removeprefix("SKIP_REASON_").lower(),
        "engine": result.engine,
        "degraded_from": result.degraded_from,
        "tokens": {
            "before": result.tokens_before,
            "after": result.tokens_after,
            "eligible_before": result.eligible_before,
            "eligible_after": result.eligible_after,
            "tokenizer": result.tokenizer,
            "tokenizer_exact": result.tokenizer_exact,
        },
        "protected": [asdict(one) for one in result.protected],
        "spans": [asdict(span) | {"reason": span.reason.removeprefix("SPAN_REASON_").lower()} for span in first.spans],
        "policy_version": result.policy_version,
        "engine_fingerprint": result.fingerprint,
        "warnings": list(result.warnings),
        "timings_ms": {"total": result.total_ms, "queue": result.queue_ms, "stages": dict(result.stage_ms)},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)
