"""Why an engine cannot run here."""

from importlib.util import find_spec


class EngineUnavailableError(Exception):
    """An engine misses a library or an artefact; the message says which, and how to get it."""


def require_library(engine: str, library: str) -> None:
    """Raise with the install hint unless the library is installed; it is not imported."""
    if find_spec(library) is None:
        raise EngineUnavailableError(f"engine {engine} needs {library}: pip install 'pith-gateway[torch]'")
