"""Errors of engines that miss something."""

import pytest

from compressor_service.engines.errors import EngineUnavailableError, require_library


def test_a_missing_library_is_named_with_the_way_to_get_it() -> None:
    """The message holds the engine, the library and the command."""
    require_library("some_engine", "json")
    with pytest.raises(
        EngineUnavailableError, match=r"some_engine needs no_such_library: pip install 'pith-gateway\[torch\]'"
    ):
        require_library("some_engine", "no_such_library")
