"""How the command fails: a line for the user and an exit code, never a traceback."""

import json
import sys
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import typer
from typer.core import TyperGroup

from lookalike.errors import LookalikeError, NotReachable, ServerProblem
from lookalike.models import Job, JobState


class Exit(IntEnum):
    """The exit codes of the command."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    PARTIAL = 3
    NOT_REACHABLE = 4


class Careful(TyperGroup):
    """A group of commands that tells errors of ours, and of the file system, in one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except NotReachable as error:
            fail(str(error), Exit.NOT_REACHABLE, problem={"code": "not-reachable"})
        except ServerProblem as error:
            fail(_hinted(error), problem={"status": error.status, "code": error.code} | error.extra)
        except LookalikeError as error:
            fail(str(error))
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads any more
        except OSError as error:
            fail(str(error))


def _hinted(error: ServerProblem) -> str:
    """Return what the server said, with how a key is named here where it lacks one."""
    hint = "; here: --key KEY, or LOOKALIKE_KEY" if error.code == "no-key" else ""
    return f"{error}{hint}"


def fail(line: str, code: Exit = Exit.PROBLEM, *, problem: Mapping[str, Any] | None = None) -> None:
    """Say on stderr what went wrong, as JSON where the command is asked for it, and end."""
    if "--json" in sys.argv[1:]:
        told = {"detail": line, "code": "local-problem"} | dict(problem or {})
        sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"lookalike: {line}\n")
    raise typer.Exit(code)


def code_of(job: Job) -> Exit:
    """Return the exit code for how a job ended."""
    codes = {JobState.SUCCEEDED: Exit.OK, JobState.PARTIAL: Exit.PARTIAL}
    return codes.get(job.state, Exit.PROBLEM)
