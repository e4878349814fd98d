"""A name for this version of the engine that changes whenever its results can."""

import hashlib
import sys
import unicodedata
from importlib.resources import files


def engine_fingerprint(*parts: str) -> str:
    """Return a name made of the modules' source, the given versions, and what Python itself brings to the results."""
    digest = hashlib.sha256()
    modules = sorted(files("compressor_service").iterdir(), key=lambda file: file.name)
    for file in modules:
        if file.name.endswith(".py"):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    for part in (*parts, f"{sys.version_info.major}.{sys.version_info.minor}", unicodedata.unidata_version):
        digest.update(part.encode())
    return f"sentences-{digest.hexdigest()[:12]}"
