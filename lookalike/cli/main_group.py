"""The top-level command group, which turns errors into exit codes and loads commands lazily."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from lookalike.cli.errors import Exit, fail
from lookalike.errors import LocalProblem, LookalikeError, NotReachable, ServerProblem


def check_installed(command: str, packages: Sequence[str], extra: str) -> None:
    """Raise LocalProblem if packages are missing; name the extra that installs them."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"`{command}` needs packages that are not installed here ({', '.join(missing)}); "
            f'run: pip install "lookalike[{extra}]"'
        )


@dataclass(frozen=True)
class LazyCommand:
    """A command whose module imports core, although `lookalike --help` must work without core."""

    help: str
    packages: tuple[str, ...]
    extra: str

    def load(self, name: str) -> Any:
        """Import the module `lookalike.cli.server.NAME` and return its command."""
        check_installed(f"lookalike {name}", self.packages, self.extra)
        return get_command(importlib.import_module(f"lookalike.cli.server.{name}").app)


_STORE_PACKAGES = ("core", "obstore", "pydantic_settings")
LAZY_COMMANDS = {
    "evaluate": LazyCommand(
        "Estimate how good recommendations from a sales file would be.",
        ("core", "implicit", "pandas", "pyarrow", "pydantic", "scipy", "surprise"),
        "worker",
    ),
    "keys": LazyCommand("Create, list and revoke API keys.", _STORE_PACKAGES, "api"),
    "audit": LazyCommand("Print the audit log: who changed what and when.", _STORE_PACKAGES, "api"),
    "weights": LazyCommand(
        "List, download, verify and try the weights of encoders.",
        ("core", "pydantic_settings"),
        "worker",
    ),
}


def placeholder() -> None:
    """Represent a lazy command in the help; this function is never called."""


class MainGroup(TyperGroup):
    """The commands of `lookalike`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command to run; import its module now if it is a lazy command."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in LAZY_COMMANDS:
            command = LAZY_COMMANDS[name].load(name)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; report an error of the client or the file system in one line."""
        try:
            return super().invoke(ctx)
        except NotReachable as error:
            fail(str(error), Exit.NOT_REACHABLE, problem={"code": "not-reachable"})
        except ServerProblem as error:
            problem = {"status": error.status, "code": error.code} | error.extra
            hint = "; use --key KEY, or set LOOKALIKE_KEY"
            fail(f"{error}{hint if error.code == 'missing-api-key' else ''}", problem=problem)
        except BrokenPipeError:
            raise  # typer exits quietly when the reader of a pipe is gone
        except (LookalikeError, OSError) as error:
            fail(str(error))
