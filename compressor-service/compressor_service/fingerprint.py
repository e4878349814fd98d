"""A name for this version of the code and its weights that changes whenever results can."""

import hashlib
import sys
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

# The model of a word engine has a fingerprint of its own.
_OF_WORD_ENGINES = ("tiny",)


def code_fingerprint(*parts: str) -> str:
    """Return a name made of the modules, the shipped weights, the given versions, and what Python brings to results."""
    digest = hashlib.sha256()
    package = files("compressor_service")
    for file in sorted([*_modules(package), *_weights(package / "weights")], key=lambda file: file.name):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode())
        digest.update(content)
    for part in (*parts, f"{sys.version_info.major}.{sys.version_info.minor}", unicodedata.unidata_version):
        digest.update(part.encode())
    return digest.hexdigest()[:12]


def _modules(folder: Traversable) -> Iterator[Traversable]:
    return (file for file in folder.iterdir() if file.name.endswith(".py"))


def _weights(folder: Traversable) -> Iterator[Traversable]:
    for file in folder.iterdir():
        if file.is_file() and not file.name.endswith((".py", ".md")) and not file.name.startswith(_OF_WORD_ENGINES):
            yield file
