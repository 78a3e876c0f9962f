"""`python -m api`: the checks at startup."""

import os
import socket
import subprocess
import sys

import pytest

from api.__main__ import main
from core.storage import Keys, Role, open_backend
from tests.support.servers import free_port


def run_api(data, **variables):
    environment = {**os.environ, "LOOKALIKE_DATA": str(data), **variables}
    command = [sys.executable, "-m", "api"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_keys_it_does_not_listen_on_all_addresses(tmp_path):
    result = run_api(tmp_path, LOOKALIKE_HOST="0.0.0.0")
    assert result.returncode == 1
    assert "create a key (`lookalike keys create" in result.stderr


def test_an_invalid_setting_is_reported_in_one_line(tmp_path):
    result = run_api(tmp_path, LOOKALIKE_PORTS__API="none")
    assert result.returncode == 2
    assert result.stderr.startswith("lookalike: LOOKALIKE_PORTS__API=none:")
    assert len(result.stderr.splitlines()) == 1


def test_each_invalid_setting_is_named(monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_PORTS__API", "65536")
    monkeypatch.setenv("LOOKALIKE_TLS_CA", "/no/file")
    assert main() == 2
    line = capsys.readouterr().err
    assert "LOOKALIKE_PORTS__API=65536" in line
    assert "LOOKALIKE_TLS_CA" in line


def test_a_port_in_use_is_reported_with_the_setting_that_changes_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("LOOKALIKE_PORTS__API", str(port))
        assert main() == 1
    line = capsys.readouterr().err
    assert f"port {port} of 127.0.0.1 is in use; stop the process" in line
    assert line.endswith("choose another port with LOOKALIKE_PORTS__API\n")


@pytest.mark.parametrize("host", ["shop", "cache"])
def test_a_cache_on_the_server_of_the_jobs_is_a_warning(tmp_path, monkeypatch, capsys, host):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_PORTS__API", str(free_port()))
    monkeypatch.setenv("LOOKALIKE_REDIS_URL", "redis://shop.example:6379/0")
    monkeypatch.setenv("LOOKALIKE_CACHE_URL", f"redis://{host}.example/1")
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: None)
    assert main() == 0
    warning = "LOOKALIKE_REDIS_URL and LOOKALIKE_CACHE_URL name the same server"
    assert (warning in "".join(capsys.readouterr())) is (host == "shop")


@pytest.mark.parametrize("has_keys", [False, True])
def test_with_keys_it_listens_on_the_configured_address(tmp_path, monkeypatch, has_keys):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_PORTS__API", str(free_port()))
    monkeypatch.setenv("LOOKALIKE_HOST", "0.0.0.0" if has_keys else "127.0.0.1")
    if has_keys:
        Keys(open_backend((tmp_path / "store").as_uri())).create("till", Role.READ)
    options = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **kwargs: options.update(kwargs))
    assert main() == 0
    assert options["host"] == ("0.0.0.0" if has_keys else "127.0.0.1")
