"""The top-level group of commands: turns errors into exit codes, loads server commands lazily."""

import importlib
from dataclasses import dataclass
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from lookalike.cli.errors import Exit, fail
from lookalike.cli.server.requirements import check_installed
from lookalike.errors import LookalikeError, NotReachable, ServerProblem


@dataclass(frozen=True)
class LazyCommand:
    """A command whose module imports core; the help of `lookalike` must do without it."""

    help: str
    packages: tuple[str, ...]
    extra: str

    def load(self, name: str) -> Any:
        """Import the command's module, `lookalike.cli.server.NAME`, and return the command.

        Raises:
            LocalProblem: packages that it needs are not installed.
        """
        check_installed(f"lookalike {name}", self.packages, self.extra)
        return get_command(importlib.import_module(f"lookalike.cli.server.{name}").app)


LAZY_COMMANDS = {
    "evaluate": LazyCommand(
        "Estimate how good recommendations from a sales file would be.",
        ("core", "implicit", "pandas", "pyarrow", "pydantic", "scipy", "surprise"),
        "worker",
    ),
    "keys": LazyCommand(
        "Create, list and revoke API keys.", ("core", "obstore", "pydantic_settings"), "api"
    ),
    "audit": LazyCommand(
        "Print the audit log: who changed what and when.",
        ("core", "obstore", "pydantic_settings"),
        "api",
    ),
    "weights": LazyCommand(
        "List, download and verify the weights of encoders.",
        ("core", "pydantic_settings"),
        "worker",
    ),
}


def placeholder() -> None:
    """Stand for a lazy command in the help; never called."""


class MainGroup(TyperGroup):
    """The commands of `lookalike`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that is to run; a lazy one is imported here, but not for the help."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in LAZY_COMMANDS:
            command = LAZY_COMMANDS[name].load(name)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; report the client's and the file system's errors in one line."""
        try:
            return super().invoke(ctx)
        except NotReachable as error:
            fail(str(error), Exit.NOT_REACHABLE, problem={"code": "not-reachable"})
        except ServerProblem as error:
            problem = {"status": error.status, "code": error.code} | error.extra
            fail(_with_hint(error), problem=problem)
        except LookalikeError as error:
            fail(str(error))
        except BrokenPipeError:
            raise  # typer exits quietly when the reader of a pipe is gone
        except OSError as error:
            fail(str(error))


def _with_hint(error: ServerProblem) -> str:
    """Add how to pass an API key, if that is what the request lacked."""
    hint = "; use --key KEY, or set LOOKALIKE_KEY" if error.code == "missing-api-key" else ""
    return f"{error}{hint}"
