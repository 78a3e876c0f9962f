"""`python -m scripts.vulnerabilities`: audits the packages in requirements.lock with `pip-audit`.

Exit codes: 0 no vulnerability is known, 1 some are known, 2 the audit failed. Needs a network; an
audit without an answer must not look like an audit without findings.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

LOCK = Path("requirements.lock")
OPTIONS = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")


def summarise(packages: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit code and the message for the packages that `pip-audit` reports."""
    vulnerabilities = list(_vulnerabilities(packages))
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    message = "".join(f"{line}\n" for line in vulnerabilities)
    if skipped:
        count = f"{len(skipped)} of {len(packages)} packages"
        message += f"NOT AUDITED: {count}, such as {skipped[0]}; "
        message += "no reachable vulnerability service knows them\n"
    if message:
        return (1 if vulnerabilities else 2), message
    return 0, f"no known vulnerability in {len(packages)} packages\n"


def _vulnerabilities(packages: Sequence[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for vulnerability in package.get("vulns", []):
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
            yield f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}"


def main() -> int:
    """Run the audit and print the result; return the exit code."""
    pip_audit = Path(sys.executable).with_name("pip-audit")
    command = [str(pip_audit), "-r", str(LOCK), *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        sys.stderr.write(f"NOT AUDITED: pip-audit failed\n{done.stderr[-2000:]}")
        return 2
    code, message = summarise(packages)
    (sys.stderr if code else sys.stdout).write(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
