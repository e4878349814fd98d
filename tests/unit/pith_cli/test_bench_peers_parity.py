"""The comparison itself."""

import re
from dataclasses import fields
from typing import Any

import pytest

from compressor_service.engines.llmlingua_options import CompatOptions
from pith_cli.bench.peers_parity import ONE_CONTEXT, SEVERAL_CONTEXTS, compare


def compress(context: list[str], **options: Any) -> dict[str, Any]:
    """Stand in for a compressor: refuses one text, and answers the others."""
    if context == ["refused"]:
        raise ValueError("context")
    return {"compressed_prompt": " ".join(context), "rate": options.get("rate", 0.5)}


def test_every_parameter_is_tried() -> None:
    """No option of the compatibility mode is left out of the comparison."""
    tried = {name for options in (*ONE_CONTEXT, *SEVERAL_CONTEXTS) for name in options}
    assert tried == {field.name for field in fields(CompatOptions)}


def test_equal_results_and_equal_refusals_are_identical() -> None:
    """Every text with every set of options."""
    parity = compare(compress, compress, ["a\n\nb", "refused"])
    assert parity.calls == 2 * (len(ONE_CONTEXT) + len(SEVERAL_CONTEXTS))
    assert parity.refused == parity.calls / 2
    assert parity.different == []
    assert parity.share == 1.0


@pytest.mark.parametrize("refuses", [False, True])
def test_a_difference_is_named(refuses: bool) -> None:
    """Which options, on which text, in which field; a refusal by one side alone is a difference."""

    def other(context: list[str], **options: Any) -> dict[str, Any]:
        if options.get("rate") == 0.7:
            return compress(["refused"]) if refuses else {**compress(context, **options), "rate": 0.8}
        return compress(context, **options)

    parity = compare(compress, other, ["a\n\nb"])
    assert len(parity.different) == 1
    assert re.search(r"'rate': 0\.7.* on 'a", parity.different[0])
    assert parity.different[0].endswith("compressed_prompt, rate" if refuses else "rate")
    assert parity.share == 1 - 1 / parity.calls
