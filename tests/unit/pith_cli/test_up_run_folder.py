"""Tests of the folder of a run."""

from pathlib import Path

import pytest

from pith_cli.up import run_folder


def test_the_data_of_the_last_run_is_gone(tmp_path: Path) -> None:
    """Every run starts fresh, and nothing beside its own files is touched."""
    old = tmp_path / "run" / "cache-service" / "entries.sqlite"
    old.parent.mkdir(parents=True)
    old.touch()
    (tmp_path / "run.json").touch()
    (tmp_path / "mine.txt").touch()
    with run_folder.fresh(tmp_path) as folder:
        assert not old.exists()
        assert not folder.report.exists()
        assert folder.logs.is_dir()
        assert folder.litellm_config.parent.is_dir()
    assert (tmp_path / "mine.txt").exists()


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told how to get one of its own; afterwards the folder is free again."""
    with run_folder.fresh(tmp_path) as folder:
        with pytest.raises(run_folder.FolderInUseError, match="--out"), run_folder.fresh(tmp_path):
            pass
        assert folder.run.is_dir()
    with run_folder.fresh(tmp_path):
        pass
