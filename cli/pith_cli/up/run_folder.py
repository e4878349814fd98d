"""Lays out the folder of one run, fresh each time and never shared by two."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class FolderInUseError(Exception):
    """Another stack that is up uses the folder."""


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps its data, its logs and its report."""

    out: Path

    @property
    def run(self) -> Path:
        """All that a run leaves behind but its report."""
        return self.out / "run"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.run / "logs"

    @property
    def report(self) -> Path:
        """What the sample traffic did."""
        return self.out / "run.json"

    @property
    def stack_file(self) -> Path:
        """Where the stack listens."""
        return self.run / "stack.json"

    @property
    def admin_key(self) -> Path:
        """The admin key of platform-api, readable by its owner alone."""
        return self.run / "admin.key"

    @property
    def litellm_config(self) -> Path:
        """The effective configuration of the proxy."""
        return self.run / "litellm" / "config.yaml"

    def data(self, service: str) -> Path:
        """The data folder of one service."""
        return self.run / service


@contextmanager
def fresh(out: Path) -> Iterator[RunFolder]:
    """Empty the folder of the last run and keep others out of it until the end."""
    folder = RunFolder(out.resolve())
    folder.out.mkdir(parents=True, exist_ok=True)
    with (folder.out / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(
                f"another pith up is running in {folder.out}: pass --out with another folder"
            ) from None
        shutil.rmtree(folder.run, ignore_errors=True)
        folder.report.unlink(missing_ok=True)
        folder.logs.mkdir(parents=True)
        folder.litellm_config.parent.mkdir()
        yield folder
