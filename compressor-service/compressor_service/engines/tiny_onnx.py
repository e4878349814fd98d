"""The small token model that ships with the service, once it is trained."""

from pathlib import Path
from typing import NoReturn

from compressor_service.engines.errors import EngineUnavailableError

ARTEFACT = Path(__file__).parents[1] / "weights" / "tiny.onnx"


def load() -> NoReturn:
    """Refuse: this version ships no weights for the engine."""
    raise EngineUnavailableError(
        f"engine tiny_onnx needs the artefact {ARTEFACT.name}, which this version does not ship"
    )
