"""Command classes that report errors of core in the same way as errors of the client."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperCommand, TyperGroup

from core.errors import CoreError
from core.settings import describe_errors
from lookalike.cli.errors import Exit, fail
from lookalike.errors import LocalProblem


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except CoreError as exc:
        raise LocalProblem(str(exc)) from exc
    except (ValidationError, SettingsError) as exc:
        fail("; ".join(describe_errors(exc)), Exit.USAGE)


class CoreCommand(TyperCommand):
    """A command that uses core."""

    invoke = _translated_errors()(TyperCommand.invoke)


class CoreGroup(TyperGroup):
    """A group of commands that use core."""

    invoke = _translated_errors()(TyperGroup.invoke)
