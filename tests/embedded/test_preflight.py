"""The checks before a start, and their messages."""

import os
import resource
import socket
import stat
from pathlib import Path

import pytest

from core.connections.sockets import socket_folder
from core.errors import Conflict, InvalidInput, NotInstalled, StorageFull, Unavailable
from core.settings import Limits, Ports, Settings
from core.storage import Keys, Role, open_backend
from embedded import preflight
from embedded.data_folder import lock_data, prepare_data, prepare_sockets
from embedded.preflight import check_libraries, check_ports, check_settings, raise_file_limit
from embedded.processes import Process
from embedded.stack import Stack
from tests.support.servers import free_port


def refusal(settings: Settings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as refused, Stack(settings, only=("api",)):
        pass
    return str(refused.value)


def test_a_port_in_use_is_reported_with_its_user_and_setting(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.api)):
        line = refusal(settings, Conflict)
    assert f"port {settings.ports.api} of 127.0.0.1 is in use by process {os.getpid()} (" in line
    assert line.endswith("LOOKALIKE_PORTS__API")


def test_a_listener_on_all_addresses_blocks_a_port_too(settings: Settings) -> None:
    with socket.create_server(("0.0.0.0", settings.ports.api)):
        assert "is in use" in refusal(settings, Conflict)


def test_a_port_is_free_again_right_after_its_last_user_closed_it(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.api)) as server:
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close()  # we close first, so our port stays in TIME_WAIT
    client.close()
    check_ports([Process("api", (), lambda: True, "", port=settings.ports.api)])


def test_one_port_for_two_processes_is_refused(settings: Settings) -> None:
    ports = Ports(api=8001, flower=8001)
    with pytest.raises(InvalidInput, match="LOOKALIKE_PORTS__API=8001 is also the port of flower"):
        check_settings(settings.model_copy(update={"ports": ports}))


def test_a_misspelt_setting_of_the_recommender_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="LOOKALIKE_RECOMMENDER: list_lenght: "):
        check_settings(settings.model_copy(update={"recommender": {"list_lenght": 5}}))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "shop.example"])
def test_a_public_host_without_api_keys_is_refused(settings: Settings, host: str) -> None:
    with pytest.raises(InvalidInput, match="lookalike keys create"):
        check_settings(settings.model_copy(update={"host": host}))


def test_a_public_host_is_accepted_if_there_are_api_keys(settings: Settings) -> None:
    Keys(open_backend(settings.store)).create("till", Role.READ)
    check_settings(settings.model_copy(update={"host": "0.0.0.0"}))


def test_a_data_folder_that_cannot_be_created_is_reported(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = settings.model_copy(update={"data": tmp_path / "file" / "data"})
    line = refusal(blocked, Unavailable)
    assert "(Not a directory)" in line
    assert "LOOKALIKE_DATA" in line


def test_too_little_disk_space_is_reported(settings: Settings) -> None:
    greedy = settings.model_copy(update={"limits": Limits(min_free_mb=10**9)})
    assert "at least 1000000000 MiB is required (LOOKALIKE_LIMITS__MIN_FREE_MB)" in refusal(
        greedy, StorageFull
    )


def test_a_data_folder_in_use_is_reported_with_the_process(settings: Settings) -> None:
    prepare_data(settings.data, min_free_mb=1)
    with lock_data(settings.data):
        line = refusal(settings, Conflict)
    assert f"already running with the data folder {settings.data} (process {os.getpid()})" in line


def test_the_data_folder_is_unlocked_after_a_refused_start(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.api)):
        refusal(settings, Conflict)
    lock_data(settings.data).close()


@pytest.mark.parametrize("mode", [0o755, 0o770, "link", "file"])
def test_a_folder_for_sockets_that_others_can_use_is_refused(settings: Settings, mode: object):
    folder = socket_folder(settings.data)
    try:
        if mode == "link":
            folder.symlink_to(settings.data.parent)
        elif mode == "file":
            folder.touch()
        else:
            folder.mkdir()
            folder.chmod(mode)
        with pytest.raises(Conflict, match=f"other users can access {folder}"):
            prepare_sockets(settings.data)
    finally:
        folder.rmdir() if isinstance(mode, int) else folder.unlink()


def test_a_new_data_folder_cannot_be_read_by_others(settings: Settings) -> None:
    prepare_data(settings.data, min_free_mb=1)
    folders = (settings.data, settings.data / "run", settings.data / "logs")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_processes_may_open_many_files() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(limits[1], 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_an_external_server_that_is_down_is_named(settings: Settings) -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    line = refusal(settings.model_copy(update={"cache_url": url}), Unavailable)
    assert "LOOKALIKE_CACHE_URL" in line
    assert "secret" not in line


def test_a_missing_library_is_named_with_its_package(monkeypatch):
    check_libraries()
    monkeypatch.setattr(preflight, "OPENMP", "libmissing.so.1")
    with pytest.raises(NotInstalled, match=r"libmissing\.so\.1.*libgomp1"):
        check_libraries()
