"""LLMLingua-2 scoring of our own: the engine for machines with a GPU, or with seconds to spend."""

from compressor_service.engines import WordScorer
from compressor_service.engines.errors import require_library
from compressor_service.engines.options import EngineOptions

NAME = "llmlingua2"


def load(options: EngineOptions | None = None) -> WordScorer:
    """Load a checkpoint; EngineUnavailableError names what is missing and how to get it."""
    for library in ("torch", "transformers"):
        require_library(NAME, library)
    from compressor_service.engines.llmlingua_checkpoint import load_checkpoint  # noqa: PLC0415 -- needs torch
    from compressor_service.engines.llmlingua_scorer import LlmLingua2  # noqa: PLC0415 -- needs torch

    return LlmLingua2(load_checkpoint(NAME, options or EngineOptions()))
