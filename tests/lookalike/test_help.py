"""Every command's help has an example, and every example is a valid command."""

import contextlib
import re
import shlex

import pytest

from tests.support.cli_commands import MAIN, subcommands

EXAMPLE = re.compile(r"^\s*Example: lookalike (.+)$", re.MULTILINE)


def leaves(command, path=()):
    """All commands that can be run, with their path of names."""
    commands = subcommands(command)
    if not commands or command.invoke_without_command:
        yield path, command
    for name, subcommand in commands.items():
        yield from leaves(subcommand, (*path, name))


COMMANDS = {" ".join(path): command for path, command in leaves(MAIN)}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The files that the examples name."""
    for name in ("photo.jpg", "sales.csv.gz", "rules.json"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)


def test_all_commands_are_covered():
    names = {"search", "jobs", "jobs cancel", "keys create", "weights fetch", "evaluate", "audit"}
    assert names <= set(COMMANDS)
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_one_valid_example(name, files):
    command = COMMANDS[name]
    (example,) = EXAMPLE.findall(command.help)
    words, path = shlex.split(example), name.split()
    assert words[: len(path)] == path
    with contextlib.closing(command.make_context(name, words[len(path) :])) as context:
        assert not context.args or name == "up"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_fits_in_a_line_and_every_option_is_explained(name):
    command = COMMANDS[name]
    assert len(command.help.partition("\n")[0]) <= 72
    assert [param.name for param in command.params if not param.help and not param.hidden] == []
