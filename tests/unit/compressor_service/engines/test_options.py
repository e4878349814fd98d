"""What a word scorer can be told."""

from typing import Any

import pytest

from compressor_service.engines.options import DEFAULT_CHECKPOINT, EngineOptions


@pytest.mark.parametrize(("field", "value"), [("device", "tpu"), ("precision", "int4"), ("threads", -1)])
def test_what_no_engine_knows_is_refused_by_name(field: str, value: Any) -> None:
    """The message names the field and the value."""
    with pytest.raises(ValueError, match=rf"{field} is .*{value}"):
        EngineOptions(**{field: value})


def test_the_default_is_the_published_checkpoint() -> None:
    """Where nothing is said, the small checkpoint of LLMLingua-2 on the best device."""
    options = EngineOptions()
    assert options.model == DEFAULT_CHECKPOINT
    assert (options.device, options.precision, options.threads) == ("auto", "auto", 0)
