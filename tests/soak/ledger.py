"""Keeps how far a long check came, in the file that shows its result: docs/figures/soak-<name>.json."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pith_cli.bench.report import document
from soak.check import Check, Found, Sample

_SHOWN_VIOLATIONS = 20
_MAX_SAMPLES = 4_000


class Ledger:
    """The progress and the findings of one check; written whole, by renaming, so that a kill loses a step at most."""

    def __init__(self, folder: Path, check: Check) -> None:
        self.path = folder / f"soak-{check.name.replace('_', '-')}.json"
        self._check = check
        self.done = self.checked = self.violations = 0
        self.seconds = 0.0
        self.shown: list[str] = []
        self.samples: list[Sample] = []
        self._read()

    def _read(self) -> None:
        if not self.path.exists():
            return
        kept: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))["resume"]
        whole = kept["done"] >= kept["steps"]
        if kept["steps"] != self._check.steps or whole or self._check.one_life:
            return  # another check, or one to be run once more
        self.done, self.checked, self.violations = kept["done"], kept["checked"], kept["violations"]
        self.seconds, self.shown, self.samples = kept["seconds"], kept["shown"], kept["samples"]

    def add(self, found: Found, seconds: float) -> None:
        """Count one more step."""
        self.done += 1
        self.checked += found.checked
        self.seconds += seconds
        self.violations += len(found.violations)
        self.shown += found.violations[: _SHOWN_VIOLATIONS - len(self.shown)]
        if found.sample and len(self.samples) < _MAX_SAMPLES:
            self.samples.append({"step": float(self.done), **found.sample})

    def judgement(self) -> tuple[Sample, list[str]]:
        """What the samples say, once the check is whole."""
        return self._check.judge(self.samples) if self.done >= self._check.steps else ({}, [])

    @property
    def failures(self) -> list[str]:
        """The first violations, and what the judgement found."""
        return [*self.shown, *self.judgement()[1]]

    def save(self) -> None:
        """Write the report, with what a later run needs to go on."""
        report = {**document(f"soak {self._check.name}", [self._scenario()]), "violations": self.failures}
        report["resume"] = self._resume()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, self.path)  # noqa: PTH105  -- atomic

    def _scenario(self) -> dict[str, Any]:
        figures, against = self.judgement()
        whole = int(self.done >= self._check.steps)
        return {
            "name": self._check.name,
            "params": {"steps": self._check.steps, **self._check.params},
            "n": self.checked,
            "errors": self.violations + len(against),
            "figures": {"whole": whole, "seconds": round(self.seconds, 1), **figures},
        }

    def _resume(self) -> dict[str, Any]:
        """What a later run needs to go on; of a whole check a curve is left to look at."""
        return {
            "steps": self._check.steps,
            "done": self.done,
            "checked": self.checked,
            "violations": self.violations,
            "seconds": round(self.seconds, 1),
            "shown": self.shown,
            "samples": _thinned(self.samples) if self.done >= self._check.steps else self.samples,
        }


def _thinned(samples: Sequence[Sample], most: int = 100) -> list[Sample]:
    """A curve needs no more points than an eye can tell apart."""
    return list(samples[:: max(1, -(-len(samples) // most))])
