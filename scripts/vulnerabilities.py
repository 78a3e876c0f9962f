"""`python -m scripts.vulnerabilities`: known holes in the packages of `requirements.lock`.

Exit codes: 0 none is known, 1 some are, 2 it could not be found out. Asks the service that
`pip-audit` asks, so it needs a network; an audit that asked nobody must not look like a good one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

LOCK = Path("requirements.lock")
OPTIONS = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")


def judged(packages: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """The exit code, and what is to be said, of what `pip-audit` has found of each package."""
    holes = list(_holes(packages))
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    told = "".join(f"{hole}\n" for hole in holes)
    if unknown:
        told += f"NOT AUDITED: {len(unknown)} of {len(packages)} packages, such as {unknown[0]}: "
        told += "no vulnerability service that knows them answers here\n"
    if holes or unknown:
        return (1 if holes else 2), told
    return 0, f"no hole is known in {len(packages)} packages\n"


def _holes(packages: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in packages:
        for hole in one.get("vulns", []):
            mended = ", ".join(hole["fix_versions"]) or "no version"
            yield f"{one['name']} {one['version']}: {hole['id']}, mended in {mended}"


def main() -> int:
    """Ask, and tell; gives the exit code."""
    pip_audit = Path(sys.executable).with_name("pip-audit")
    command = [str(pip_audit), "-r", str(LOCK), *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except ValueError:
        sys.stderr.write(f"NOT AUDITED: pip-audit could not ask\n{done.stderr[-2000:]}")
        return 2
    code, told = judged(found)
    (sys.stderr if code else sys.stdout).write(told)
    return code


if __name__ == "__main__":
    sys.exit(main())
