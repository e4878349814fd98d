"""The llmlingua library as a reference engine."""

from typing import NoReturn

from compressor_service.engines.errors import EngineUnavailableError, require_library


def load() -> NoReturn:
    """Refuse: name the missing library, or say that this version has no scorer yet."""
    require_library("llmlingua_library", "torch")
    require_library("llmlingua_library", "llmlingua")
    raise EngineUnavailableError(
        "engine llmlingua_library has no scorer in this version; torch alone does not enable it"
    )
