"""The llmlingua library as a reference engine."""

from compressor_service.engines import WordScorer
from compressor_service.engines.errors import require_library
from compressor_service.engines.options import EngineOptions

NAME = "llmlingua_library"


def load(options: EngineOptions | None = None) -> WordScorer:
    """Load a checkpoint into the library; EngineUnavailableError names what is missing and how to get it."""
    for library in ("torch", "llmlingua"):
        require_library(NAME, library)
    from compressor_service.engines.llmlingua_reference import (  # noqa: PLC0415 -- needs torch
        LlmLinguaLibrary,
        load_library,
    )

    return LlmLinguaLibrary(load_library(options or EngineOptions()))
