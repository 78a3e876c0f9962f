"""What the launcher refuses, and what it says then."""

import os
import socket
from pathlib import Path

import pytest

from core.errors import Conflict, InvalidInput, NotInstalled, StorageFull, Unavailable
from core.settings import Limits, Ports, Settings
from core.storage import Files, Keys, Role
from embedded import preflight
from embedded.preflight import check_libraries, check_settings, hold, prepare_data
from embedded.stack import Stack
from tests.support.servers import free_port


def refusal(settings: Settings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as refused, Stack(settings, only=("redis",)):
        pass
    return str(refused.value)


def test_a_port_in_use_is_named_with_its_user_and_the_setting_to_change(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.redis)):
        line = refusal(settings, Conflict)
    assert f"port {settings.ports.redis} for redis is in use by process {os.getpid()}" in line
    assert line.endswith("LOOKALIKE_PORTS__REDIS")


def test_a_listener_on_all_addresses_is_seen_as_well(settings: Settings) -> None:
    with socket.create_server(("0.0.0.0", settings.ports.redis)):
        assert "is in use" in refusal(settings, Conflict)


def test_a_port_is_free_again_right_after_its_last_user_went(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.redis)) as server:
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close()  # ours closes first, so the port keeps a TIME_WAIT
    client.close()
    with Stack(settings, only=("redis",)) as stack:
        assert list(stack.pids()) == ["redis"]


def test_one_port_for_two_parts_is_refused(settings: Settings) -> None:
    ports = Ports(api=8001, flower=8001)
    with pytest.raises(InvalidInput, match="LOOKALIKE_PORTS__API=8001 is the port of flower"):
        check_settings(settings.model_copy(update={"ports": ports}))


def test_a_port_beyond_the_last_one_is_refused(settings: Settings) -> None:
    ports = settings.ports.model_copy(update={"milvus": 65536})
    with pytest.raises(InvalidInput, match="LOOKALIKE_PORTS__MILVUS=65536 is not a port"):
        check_settings(settings.model_copy(update={"ports": ports}))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "shop.example"])
def test_a_host_that_others_can_reach_is_refused(settings: Settings, host: str) -> None:
    with pytest.raises(InvalidInput, match="lookalike keys create"):
        check_settings(settings.model_copy(update={"host": host}))


def test_a_host_that_others_can_reach_is_taken_where_there_are_keys(settings: Settings) -> None:
    Keys(Files(settings.store)).create("till", Role.READ)
    check_settings(settings.model_copy(update={"host": "0.0.0.0"}))


def test_a_data_folder_that_cannot_be_made_is_one_line(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = settings.model_copy(update={"data": tmp_path / "file" / "data"})
    line = refusal(blocked, Unavailable)
    assert "cannot be written (Not a directory)" in line
    assert "LOOKALIKE_DATA" in line


def test_too_little_space_is_one_line(settings: Settings) -> None:
    greedy = settings.model_copy(update={"limits": Limits(free_mb=10**9)})
    assert "LOOKALIKE_LIMITS__FREE_MB asks for 1000000000" in refusal(greedy, StorageFull)


def test_data_in_use_by_a_running_stack_names_its_process(settings: Settings) -> None:
    prepare_data(settings.data, free_mb=1)
    with hold(settings.data):
        line = refusal(settings, Conflict)
    assert f"a stack is running on {settings.data} already (process {os.getpid()})" in line


def test_data_is_free_again_after_a_refused_start(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", settings.ports.redis)):
        refusal(settings, Conflict)
    hold(settings.data).close()


def test_a_server_of_the_users_own_that_is_down_is_named(settings: Settings) -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    line = refusal(settings.model_copy(update={"cache_url": url}), Unavailable)
    assert "LOOKALIKE_CACHE_URL" in line
    assert "secret" not in line


def test_a_library_that_is_not_on_the_machine_is_named_with_its_package(monkeypatch):
    check_libraries()
    monkeypatch.setattr(preflight, "OPENMP", "libnobody.so.1")
    with pytest.raises(NotInstalled, match=r"libnobody\.so\.1.*libgomp1"):
        check_libraries()
