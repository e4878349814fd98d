"""Optional guardrail that replaces personal data and secrets by placeholders, stable within a request."""

# ruff: noqa: ARG002  (LiteLLM fixes the signatures and calls by keyword)

import re
from collections.abc import Callable, Sequence
from typing import Any

from litellm.integrations.custom_guardrail import CustomGuardrail

from litellm_hooks import worker
from litellm_hooks.config import HookSettings

_KEY = (
    r"\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[0-9A-Za-z_-]{35}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})"
)
_EMAIL = r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"
_IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
_CARD = r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?!\w)"
_PHONE = r"(?<![\w.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?(?:\d{2,4}[ .-]?){2,4}\d{2,4}|\(\d{3}\) ?\d{3}[.-]\d{4}|\b\d{3}[.-]\d{3}[.-]\d{4})(?!\w)"


class PithMask(CustomGuardrail):
    """Listed before the Pith guardrail, so that neither the services nor the provider see what it masks."""

    def __init__(self, settings: Callable[[], HookSettings] = worker.settings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._on = settings().mask

    async def apply_guardrail(
        self, inputs: Any, request_data: dict[str, Any], input_type: str, logging_obj: Any = None
    ) -> Any:
        """Mask `texts`; everything else stays the same object."""
        if self._on and input_type == "request" and inputs.get("texts"):
            inputs["texts"] = mask_texts(inputs["texts"])
        return inputs


def mask_texts(texts: Sequence[str]) -> list[str]:
    """Replace what looks private; the same value gets the same placeholder in every text of the request."""
    seen: dict[str, str] = {}
    counts: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        kind, value = str(match.lastgroup), match.group()
        if kind in _CHECKS and not _CHECKS[kind](value):
            return value
        if value not in seen:
            counts[kind] = counts.get(kind, 0) + 1
            seen[value] = f"<{kind}_{counts[kind]}>"
        return seen[value]

    return [_PRIVATE.sub(replace, text) for text in texts]


def is_card(text: str) -> bool:
    """Whether the digits pass the Luhn check of payment cards."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the characters pass the mod-97 check of IBANs."""
    compact = text.replace(" ", "")
    turned = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


_CHECKS: dict[str, Callable[[str], bool]] = {"CARD": is_card, "IBAN": is_iban}
_PRIVATE = re.compile(f"(?P<KEY>{_KEY})|(?P<EMAIL>{_EMAIL})|(?P<IBAN>{_IBAN})|(?P<CARD>{_CARD})|(?P<PHONE>{_PHONE})")
