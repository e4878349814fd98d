"""The artefact check: nothing but the pinned bytes is loaded, and one hash names them all."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from cache_service.embedders import SHIPPED_WEIGHTS, ArtefactMismatch
from cache_service.embedders.artefact import folder_fingerprint, verified_artefact

LIMIT_BYTES = 25_000_000


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with an artefact of a few bytes, pinned as it is."""
    (tmp_path / "small.onnx").write_bytes(b"model")
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder: Path, **changes: object) -> None:
    """Pin the two files as they are now, with some entries changed."""
    pinned = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("small.onnx", "tokenizer.json")
    }
    manifest = {"name": "small", "model": "small.onnx", "dimensions": 4, "max_tokens": 8, "sha256": pinned} | changes
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_shipped_files_are_the_pinned_ones() -> None:
    """The artefact in the repository passes its own check and says what it is."""
    artefact = verified_artefact(SHIPPED_WEIGHTS)
    assert (artefact.dimensions, artefact.max_tokens) == (384, 256)
    assert len(artefact.fingerprint) == 64


def test_shipped_artefact_is_small_enough() -> None:
    """All that ships in weights/ stays under 25 MB."""
    assert sum(path.stat().st_size for path in SHIPPED_WEIGHTS.iterdir()) < LIMIT_BYTES


def test_model_card_names_the_shipped_bytes() -> None:
    """The model card quotes the hash of every pinned file and the fingerprint, so it cannot go stale unnoticed."""
    card = (SHIPPED_WEIGHTS / "MODEL_CARD.md").read_text()
    pinned = json.loads((SHIPPED_WEIGHTS / "manifest.json").read_text())["sha256"]
    assert all(f"{digest}" in card and name in card for name, digest in pinned.items())
    assert verified_artefact(SHIPPED_WEIGHTS).fingerprint in card


@pytest.mark.parametrize("name", ["small.onnx", "tokenizer.json"])
def test_changed_file_is_refused(small: Path, name: str) -> None:
    """One byte more in any file is a mismatch that names the file."""
    with (small / name).open("ab") as stream:
        stream.write(b"!")
    with pytest.raises(ArtefactMismatch, match=name):
        verified_artefact(small)


@pytest.mark.parametrize("name", ["small.onnx", "tokenizer.json"])
def test_missing_file_is_refused(small: Path, name: str) -> None:
    """A file that is gone is a mismatch that names it."""
    (small / name).unlink()
    with pytest.raises(ArtefactMismatch, match=f"{name} is missing"):
        verified_artefact(small)


def test_unpinned_file_is_refused(small: Path) -> None:
    """A file without a hash in the manifest is never loaded."""
    write_manifest(small, sha256={"small.onnx": hashlib.sha256(b"model").hexdigest()})
    with pytest.raises(ArtefactMismatch, match=r"tokenizer\.json is not pinned"):
        verified_artefact(small)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": [], "model": "x", "dimensions": 1}', '{"sha256": {}}'])
def test_broken_manifest_is_refused(small: Path, content: str) -> None:
    """A manifest that is not one is a mismatch, not a crash."""
    (small / "manifest.json").write_text(content)
    with pytest.raises(ArtefactMismatch, match="not a readable manifest"):
        verified_artefact(small)


def test_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    """An empty folder is a mismatch that names the manifest."""
    with pytest.raises(ArtefactMismatch, match=r"manifest\.json"):
        verified_artefact(tmp_path)


def test_fingerprint_follows_bytes_and_window_only(small: Path) -> None:
    """A copy elsewhere has the same fingerprint; another byte or another window has another."""
    copied = Path(shutil.copytree(small, small / "copy"))
    before = verified_artefact(small).fingerprint
    assert verified_artefact(copied).fingerprint == before
    write_manifest(small, max_tokens=9)
    after_window = verified_artefact(small).fingerprint
    (small / "small.onnx").write_bytes(b"other")
    write_manifest(small)
    assert len({before, after_window, verified_artefact(small).fingerprint}) == 3


def test_folder_fingerprint_sees_every_file(small: Path) -> None:
    """Without a manifest, each file below the folder counts, by its path and its bytes."""
    before = folder_fingerprint(small, max_tokens=8)
    (small / "deep").mkdir()
    (small / "deep" / "config.json").write_text("{}")
    assert folder_fingerprint(small, max_tokens=8) != before
    assert folder_fingerprint(small, max_tokens=9) != folder_fingerprint(small, max_tokens=8)
