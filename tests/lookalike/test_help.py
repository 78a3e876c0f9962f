"""Every command's help has an example, and every example is a command that is understood."""

import contextlib
import re
import shlex

import pytest
from typer.main import get_command

from lookalike.cli import app
from lookalike.cli.server import audit, evaluate, keys, weights

EXAMPLE = re.compile(r"^\s*Example: lookalike (.+)$", re.MULTILINE)
GROUPS = {
    "": app,
    "weights": weights.app,
    "keys": keys.app,
    "evaluate": evaluate.app,
    "audit": audit.app,
}


def leaves(command, path=()):
    """All commands below one, by how they are called."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield path, command
    for name, one in below.items():
        if (*path, name) not in {(other,) for other in GROUPS}:
            yield from leaves(one, (*path, name))


COMMANDS = {
    " ".join(path): command
    for name, group in GROUPS.items()
    for path, command in leaves(get_command(group), (name,) if name else ())
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """What the examples name."""
    for name in ("photo.jpg", "sales.csv.gz"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)


def test_all_commands_were_found():
    assert {"search", "jobs", "jobs cancel", "keys create", "weights fetch", "evaluate"} <= set(
        COMMANDS
    )
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_an_example_that_is_understood(name, files):
    command = COMMANDS[name]
    (example,) = EXAMPLE.findall(command.help)
    words, path = shlex.split(example), name.split()
    assert words[: len(path)] == path
    with contextlib.closing(command.make_context(name, words[len(path) :])) as context:
        assert not context.args or name == "up"
