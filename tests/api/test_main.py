"""`python -m api`: whether it starts at all."""

import os
import subprocess
import sys

import pytest

from api.__main__ import main
from core.storage import Files, Keys, Role


def said(data, **more):
    environment = {**os.environ, "LOOKALIKE_DATA": str(data), **more}
    command = [sys.executable, "-m", "api"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_does_not_listen_for_others_without_keys(tmp_path):
    ended = said(tmp_path, LOOKALIKE_HOST="0.0.0.0")
    assert ended.returncode == 1
    assert "make one first (`lookalike keys create" in ended.stderr


def test_wrong_settings_are_one_line(tmp_path):
    ended = said(tmp_path, LOOKALIKE_PORTS__API="none")
    assert ended.returncode == 2
    assert ended.stderr.startswith("lookalike: LOOKALIKE_PORTS__API=none:")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("there_are_keys", [False, True])
def test_with_keys_it_listens_where_it_is_told(tmp_path, monkeypatch, there_are_keys):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_HOST", "0.0.0.0" if there_are_keys else "127.0.0.1")
    if there_are_keys:
        Keys(Files((tmp_path / "store").as_uri())).create("till", Role.READ)
    told = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **options: told.update(options))
    assert main() == 0
    assert told["host"] == ("0.0.0.0" if there_are_keys else "127.0.0.1")
