"""Tests of remembering where a stack listens."""

from pathlib import Path

from pith_cli import stack_file
from pith_cli.up.ports import USUAL_PORTS


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Other commands find the stack that was started last."""
    ports = {name: port + 1 for name, port in USUAL_PORTS.items()}
    addresses = stack_file.addresses_of(ports, admin_key_file="/x/admin.key")
    stack_file.write(tmp_path / "stack.json", addresses)
    assert stack_file.read(tmp_path / "stack.json") == addresses
    assert addresses.cache == "127.0.0.1:50053"
    assert addresses.edge == "http://127.0.0.1:8081"


def test_without_a_stack_the_usual_addresses_count(tmp_path: Path) -> None:
    """Also where the file is broken, or of another version."""
    usual = stack_file.addresses_of(USUAL_PORTS)
    assert stack_file.read(tmp_path / "none.json") == usual
    (tmp_path / "broken.json").write_text("{")
    assert stack_file.read(tmp_path / "broken.json") == usual
    (tmp_path / "other.json").write_text('{"edge": "http://127.0.0.1:1", "new": "x"}')
    assert stack_file.read(tmp_path / "other.json").edge == "http://127.0.0.1:1"
    assert stack_file.read(tmp_path / "other.json").cache == usual.cache
