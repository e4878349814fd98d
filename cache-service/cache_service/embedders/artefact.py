"""The files of an embedder on disk: read the manifest, check every pinned byte, name the whole by one hash."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"


class ArtefactMismatch(Exception):  # noqa: N818 -- named for what the operator reads
    """The weights on disk are not the ones that the manifest pins."""


@dataclass(frozen=True)
class Artefact:
    """Verified files, and what the manifest says of them."""

    model: Path
    tokenizer: Path
    dimensions: int
    max_tokens: int
    fingerprint: str


def verified_artefact(folder: Path) -> Artefact:
    """Read the manifest in the folder and compare each file with it; raise ArtefactMismatch at the first difference."""
    manifest = folder / MANIFEST
    try:
        content = json.loads(manifest.read_bytes())
        pinned = {str(name): str(digest) for name, digest in content["sha256"].items()}
        artefact = Artefact(
            model=folder / content["model"],
            tokenizer=folder / "tokenizer.json",
            dimensions=int(content["dimensions"]),
            max_tokens=int(content["max_tokens"]),
            fingerprint=_fingerprint(pinned, max_tokens=content["max_tokens"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactMismatch(f"{manifest} is not a readable manifest: {error!r}") from error
    for file in {artefact.model, artefact.tokenizer}:
        _check(file, pinned.get(file.name))
    return artefact


def folder_fingerprint(folder: Path, *, max_tokens: int) -> str:
    """Return one hash over every file below the folder, for a model that comes without a manifest."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _fingerprint({path.relative_to(folder).as_posix(): _sha256(path) for path in files}, max_tokens=max_tokens)


def _check(file: Path, expected: str | None) -> None:
    if expected is None:
        raise ArtefactMismatch(f"{file.name} is not pinned in {file.with_name(MANIFEST)}")
    if not file.is_file():
        raise ArtefactMismatch(f"{file} is missing")
    actual = _sha256(file)
    if actual != expected:
        raise ArtefactMismatch(f"{file} has sha256 {actual}, but {MANIFEST} pins {expected}")


def _fingerprint(digests: dict[str, str], *, max_tokens: int) -> str:
    canonical = json.dumps({"max_tokens": max_tokens, "sha256": digests}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
