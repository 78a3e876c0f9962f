"""The commands of `lookalike`, also those whose modules are only imported when they run."""

import typer.main

from lookalike.cli import app
from lookalike.cli.main_group import LAZY_COMMANDS

MAIN = typer.main.get_command(app)


def subcommands(command):
    """The commands of a group by name; none if it is no group."""
    commands = getattr(command, "commands", {})
    if command is not MAIN:
        return commands
    loaded = {name: lazy.load(name) for name, lazy in LAZY_COMMANDS.items()}
    return commands | loaded
