"""The LLMLingua-2 engine where it cannot run."""

from importlib.util import find_spec

import pytest

from compressor_service.engines import EngineUnavailableError
from compressor_service.engines.llmlingua2 import load
from compressor_service.engines.options import EngineOptions


@pytest.mark.torch
def test_what_is_missing_is_named_with_the_way_to_get_it() -> None:
    """Without torch the install hint; with it, but without a model, how to fetch one."""
    with pytest.raises(EngineUnavailableError) as caught:
        load(EngineOptions(model="/no/such/folder"))
    hint = "hf download /no/such/folder" if find_spec("torch") else "pip install 'pith-gateway[torch]'"
    assert "engine llmlingua2" in str(caught.value)
    assert hint in str(caught.value)
