"""`python -m api`: the checks at startup."""

import os
import subprocess
import sys

import pytest

from api.__main__ import main
from core.storage import Keys, Role, open_backend


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


@pytest.mark.parametrize("has_keys", [False, True])
def test_with_keys_it_listens_on_the_configured_address(tmp_path, monkeypatch, has_keys):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_HOST", "0.0.0.0" if has_keys else "127.0.0.1")
    if has_keys:
        Keys(open_backend((tmp_path / "store").as_uri())).create("till", Role.READ)
    options = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **kwargs: options.update(kwargs))
    assert main() == 0
    assert options["host"] == ("0.0.0.0" if has_keys else "127.0.0.1")
