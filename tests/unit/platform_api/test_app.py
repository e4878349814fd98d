"""The parts put together."""

import socket

import pytest

from fakes_platform import platform_settings
from grpc_serving.settings import SettingsError
from platform_api.app import show_admin_key, start


async def test_a_failed_start_leaves_nothing_running(tmp_path):
    """When the last listener cannot start, the earlier ones are stopped again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        management = f"127.0.0.1:{probe.getsockname()[1]}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=busy):
            await start(platform_settings(tmp_path, management_address=management, edge_address=busy))
    with socket.create_server(("127.0.0.1", int(management.rpartition(":")[2]))):
        pass


async def test_a_second_start_knows_the_first(tmp_path):
    """Ports are bound anew, the admin key is not made anew."""
    for new in (True, False):
        running = await start(platform_settings(tmp_path))
        assert (running.admin_key is not None) is new
        assert min(running.edge_port, running.management_port, running.usage_port) > 0
        await running.stop()


def test_the_admin_key_goes_to_its_file_or_to_the_console(tmp_path, capsys):
    """With a file nothing is printed, without one it is, and a known key is not shown at all."""
    show_admin_key(platform_settings(tmp_path), "sk-1")
    assert (tmp_path / "admin.key").read_text() == "sk-1\n"
    assert "sk-1" not in "".join(capsys.readouterr())
    show_admin_key(platform_settings(tmp_path, admin_key_out=None), "sk-2")
    assert "sk-2" in capsys.readouterr().err
    show_admin_key(platform_settings(tmp_path, admin_key_out=None), None)
    assert capsys.readouterr().err == ""


async def test_the_public_key_is_copied_where_it_is_wanted(tmp_path):
    """Hooks need no access to the data folder."""
    copy = tmp_path / "shared" / "jwt.pem"
    await (await start(platform_settings(tmp_path / "data", jwt_public_key_out=copy))).stop()
    assert copy.read_bytes() == (tmp_path / "data" / "jwt_public.pem").read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o644


async def test_a_data_folder_that_is_none_is_named(tmp_path):
    """A file in the folder's place is said to be in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="PITH_PLATFORM_DATA_DIR"):
        await start(platform_settings(tmp_path / "file"))


async def test_a_damaged_secret_is_named(tmp_path):
    """A secret that cannot be used stops the start with its file's name."""
    (tmp_path / "pepper").write_bytes(b"short")
    with pytest.raises(SettingsError, match="pepper: must hold 32 bytes"):
        await start(platform_settings(tmp_path))
