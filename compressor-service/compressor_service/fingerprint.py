"""A name for this version of the code and its weights that changes whenever results can."""

import hashlib
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

# The model of a word engine has a fingerprint of its own.
_OF_WORD_ENGINES = ("tiny",)


def code_fingerprint(*parts: str) -> str:
    """Return a name made of the modules, the shipped weights, the given versions, and what Python brings to results."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted([*package.glob("*.py"), *_weights(package / "weights")]):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(package).as_posix()} {len(content)} ".encode())
        digest.update(content)
    for part in (*parts, f"{sys.version_info.major}.{sys.version_info.minor}", unicodedata.unidata_version):
        digest.update(part.encode())
    return digest.hexdigest()[:12]


def _weights(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix not in {".py", ".pyc", ".md"} and not file.name.startswith(_OF_WORD_ENGINES):
            yield file
