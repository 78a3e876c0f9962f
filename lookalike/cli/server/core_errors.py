"""Command classes that report the errors of core like those of the client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperCommand, TyperGroup

from core.errors import CoreError
from core.settings import describe_errors
from lookalike.cli.errors import Exit, fail
from lookalike.errors import LocalProblem


class CoreCommand(TyperCommand):
    """A command that uses core."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _translate_errors():
            return super().invoke(ctx)


class CoreGroup(TyperGroup):
    """A group of commands that use core."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the group."""
        with _translate_errors():
            return super().invoke(ctx)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except CoreError as exc:
        raise LocalProblem(str(exc)) from exc
    except (ValidationError, SettingsError) as exc:
        fail("; ".join(describe_errors(exc)), Exit.USAGE)
