"""Finds the checkout that holds samples and deployment files."""

from pathlib import Path

_INSTALLED = Path(__file__).resolve().parents[2]
_MARKERS = ("samples/traffic.jsonl", "deploy/litellm/render_config.py")


class CheckoutError(Exception):
    """No folder here or above holds what a command needs."""


def find_checkout(start: Path | None = None, *, installed: Path = _INSTALLED) -> Path:
    """Return the nearest checkout from start (the working directory) upwards, else the one that is installed."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, installed):
        if all((folder / marker).is_file() for marker in _MARKERS):
            return folder
    raise CheckoutError(f"no {' and '.join(_MARKERS)} in {here} or above: run pith from a checkout of Pith")
