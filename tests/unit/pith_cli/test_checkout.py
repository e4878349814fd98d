"""Tests of finding the checkout."""

from pathlib import Path

import pytest

from pith_cli import checkout


def test_finds_the_checkout_above_a_folder_inside_it(tmp_path: Path) -> None:
    """A command works from any folder of a checkout."""
    for marker in ("samples/traffic.jsonl", "deploy/litellm/render_config.py"):
        (tmp_path / marker).parent.mkdir(parents=True)
        (tmp_path / marker).touch()
    inside = tmp_path / "docs" / "deep"
    inside.mkdir(parents=True)
    assert checkout.find_checkout(inside) == tmp_path


def test_falls_back_on_the_checkout_that_the_package_is_installed_from(tmp_path: Path) -> None:
    """An editable install knows its checkout from anywhere."""
    assert checkout.find_checkout(tmp_path) == Path(__file__).resolve().parents[3]


def test_says_what_is_missing_where_nothing_is_found(tmp_path: Path) -> None:
    """Half a checkout is none, and the message names what was looked for."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "traffic.jsonl").touch()
    with pytest.raises(checkout.CheckoutError, match="render_config"):
        checkout.find_checkout(tmp_path, installed=tmp_path)
