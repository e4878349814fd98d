"""Compares two implementations of llmlingua's `compress_prompt`, option by option."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pith_cli.bench.peers_texts import contexts

CompressPrompt = Callable[..., dict[str, Any]]

_LABELS = {"return_word_label": True}
_FORCED = {"force_tokens": ["\n", ".", "?", "amount", "s", " of the ", "v2beta", "_"]}
# Every parameter at least once, alone and with what it works together with.
ONE_CONTEXT: tuple[dict[str, Any], ...] = (
    {},
    {"rate": 0.33} | _LABELS,
    {"rate": 0.2, "token_to_word": "first"},
    {"rate": 0.7, "force_reserve_digit": True} | _LABELS,
    {"rate": 0.997} | _LABELS,
    {"rate": 1.0} | _LABELS | _FORCED,
    {"target_token": 30},
    {"target_token": 10_000} | _LABELS,
    {"rate": 0.4} | _FORCED | _LABELS,
    {"rate": 0.4, "drop_consecutive": True} | _FORCED | _LABELS,
    {"rate": 0.3, "drop_consecutive": True, "force_reserve_digit": True, "token_to_word": "first"} | _FORCED,
    {"rate": 0.5, "chunk_end_tokens": ["?", "!", "the"]},
    {"rate": 0.5, "chunk_end_tokens": ["\n", "v2beta"]} | _FORCED,
    {"use_token_level_filter": False} | _LABELS,
    {"word_sep": " / ", "label_sep": "=", "rate": 0.6} | _LABELS,
)
SEVERAL_CONTEXTS: tuple[dict[str, Any], ...] = (
    {},
    {"rate": 0.33, "use_context_level_filter": False} | _LABELS,
    {"rate": 0.4, "context_level_rate": 0.6} | _LABELS | _FORCED,
    {"target_token": 40} | _LABELS,
    {"target_token": 40, "use_token_level_filter": False},
    {"rate": 0.5, "target_context": 2, "force_context_ids": [0]} | _LABELS,
    {"rate": 0.5, "context_level_target_token": 60, "token_to_word": "first"} | _LABELS,
    {"rate": 0.3, "use_token_level_filter": False, "force_context_ids": [1]} | _LABELS,
    {"rate": 0.5, "drop_consecutive": True, "force_reserve_digit": True} | _FORCED | _LABELS,
)


@dataclass
class Parity:
    """How many calls were compared, and what differed; calls that both refuse are equal."""

    calls: int = 0
    refused: int = 0
    different: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of calls with identical results."""
        return 1 - len(self.different) / self.calls if self.calls else 0.0


def compare(library: CompressPrompt, ours: CompressPrompt, texts: Sequence[str]) -> Parity:
    """Call both with every text and every set of options."""
    parity = Parity()
    for text in texts:
        for options in ONE_CONTEXT:
            _compare(parity, library, ours, call=([text], options))
        for options in SEVERAL_CONTEXTS:
            _compare(parity, library, ours, call=(contexts(text), options))
    return parity


def _compare(
    parity: Parity, library: CompressPrompt, ours: CompressPrompt, *, call: tuple[list[str], Mapping[str, Any]]
) -> None:
    theirs, found = _answer(library, call), _answer(ours, call)
    parity.calls += 1
    parity.refused += theirs is None
    if theirs != found:
        fields = [name for name in theirs if not found or theirs[name] != found[name]] if theirs else ["refused"]
        parity.different.append(f"{call[1]} on {call[0][0][:40]!r}: {', '.join(fields)}")


def _answer(compress: CompressPrompt, call: tuple[list[str], Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the result, or None where there is none; the library fails with whatever its arithmetic meets first."""
    try:
        return compress(list(call[0]), **call[1])
    except (ValueError, IndexError, ZeroDivisionError):
        return None
