"""The batched scorer for LLMLingua-2 checkpoints."""

from typing import NoReturn

from compressor_service.engines.errors import EngineUnavailableError, require_library


def load() -> NoReturn:
    """Refuse: name the missing library, or say that this version has no scorer yet."""
    require_library("llmlingua2", "torch")
    require_library("llmlingua2", "transformers")
    raise EngineUnavailableError("engine llmlingua2 has no scorer in this version; torch alone does not enable it")
