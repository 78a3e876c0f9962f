"""`python -m workers.dashboard`: Flower's password and address."""

import os
import sys

import httpx2
import pytest

from tests.support.servers import free_port, listening, start_listening, stopping
from workers import dashboard


@pytest.mark.parametrize(
    ("variable", "arguments"),
    [
        (None, []),
        ("", []),
        ("lookalike", []),
        ("lookalike:", []),
        ("a:b,c", []),
        ("a:b", ["--basic_auth="]),
    ],
)
def test_flower_does_not_start_without_a_password(monkeypatch, capsys, variable, arguments):
    monkeypatch.delenv("FLOWER_BASIC_AUTH", raising=False)
    if variable is not None:
        monkeypatch.setenv("FLOWER_BASIC_AUTH", variable)
    monkeypatch.setattr(sys, "argv", ["dashboard", *arguments])
    with pytest.raises(SystemExit) as stopped:
        dashboard.main()
    assert stopped.value.code == 2
    assert "set FLOWER_BASIC_AUTH=user:password" in capsys.readouterr().err


def test_flower_listens_only_on_this_machine_and_asks_for_its_password():
    port = free_port()
    command = [sys.executable, "-m", "workers.dashboard", f"--port={port}"]
    environment = os.environ | {
        "FLOWER_BASIC_AUTH": "till:secret",
        "LOOKALIKE_REDIS_URL": "redis://127.0.0.1:1/0",
    }
    with stopping(start_listening(command, port, env=environment)):
        assert not listening(port, "127.0.0.2")
        for path in ("/workers", "/metrics"):
            url = f"http://127.0.0.1:{port}{path}"
            assert httpx2.get(url).status_code == 401
        assert httpx2.get(url, auth=("till", "secret")).status_code == 200
