"""Exit codes, and errors as one line on stderr instead of a traceback."""

import json
import sys
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NoReturn

import typer

from lookalike.models import Job, JobState


class Exit(IntEnum):
    """The exit codes of the command."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    PARTIAL = 3
    NOT_REACHABLE = 4


def print_error(line: str) -> None:
    """Print a line on stderr that starts with the name of the command."""
    sys.stderr.write(f"lookalike: {line}\n")


def fail(
    line: str, code: Exit = Exit.PROBLEM, *, problem: Mapping[str, Any] | None = None
) -> NoReturn:
    """Print an error on stderr, as JSON if --json was given, and exit."""
    if "--json" in sys.argv[1:]:
        body = {"detail": line, "code": "local-problem"} | dict(problem or {})
        sys.stderr.write(json.dumps(body, ensure_ascii=False) + "\n")
    else:
        print_error(line)
    raise typer.Exit(code)


def exit_code(job: Job) -> Exit:
    """Return the exit code for the final state of a job; rejected rows mean partial success."""
    if job.state is JobState.SUCCEEDED and (job.result or {}).get("rejected"):
        return Exit.PARTIAL
    codes = {JobState.SUCCEEDED: Exit.OK, JobState.PARTIAL: Exit.PARTIAL}
    return codes.get(job.state, Exit.PROBLEM)
