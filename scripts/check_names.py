"""`python -m scripts.check_names`: rejects vague names and words.

An identifier such as `one` or `found` could stand for anything; readers need the name of the thing.
Part of `make check`.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

IDENTIFIERS = frozenset({
    "asked", "asks", "begun", "door", "found", "gone", "kept", "mend", "nought", "one", "ours",
    "rooms", "said", "shown", "there", "told", "whoever",
})  # fmt: skip
"""Rejected as names of variables, functions and classes, with or without leading underscores."""
WORDS = re.compile(r"\b(told|asked|nought|door|rooms|mend|whoever)\b", re.IGNORECASE)
"""Rejected anywhere in product code, including comments and strings."""
PRODUCT = ("api/", "core/", "embedded/", "lookalike/", "workers/", "scripts/")
SUFFIXES = {".py", ".js", ".lua", ".html", ".css"}


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every name that a module binds, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name.lower()
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def violations(path: Path, text: str) -> Iterator[str]:
    """Yield a line for each rejected name and word of a file; `path` is relative to the root."""
    if path.suffix == ".py":
        for line, name in bound_names(ast.parse(text)):
            if name.strip("_") in IDENTIFIERS:
                yield f"{path}:{line}: {name!r} does not say what it holds"
    if str(path).startswith(PRODUCT) and path.name != Path(__file__).name:
        for line, content in enumerate(text.splitlines(), start=1):
            for word in WORDS.findall(content):
                yield f"{path}:{line}: use another word for {word!r}"


def main() -> int:
    """Print all violations; return 1 if there are any, else 0."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [Path(name) for name in listed if Path(name).suffix in SUFFIXES]
    lines = [
        line
        for path in paths
        if path.exists()
        for line in violations(path, path.read_text(encoding="utf-8"))
    ]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
