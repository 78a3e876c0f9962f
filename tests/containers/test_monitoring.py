"""The dashboard and the alerts use existing metrics; promtool (if installed) accepts the files."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.support.prometheus_server import alerts, panels, write_configuration

ROOT = Path(__file__).parents[2]
PROMTOOL = shutil.which("promtool")
METRIC_SOURCES = (
    ROOT / "core/observability/metrics.py",
    ROOT / "api/services/metrics_collectors.py",
)
_SUFFIX = re.compile(r"_(total|bucket|count|sum)$")


def test_all_queried_metrics_exist() -> None:
    defined = {
        name
        for path in METRIC_SOURCES
        for name in re.findall(r'"(lookalike_\w+)"', path.read_text())
    }
    queries = [query.text for query in (*panels(), *alerts())]
    queried = {name for text in queries for name in re.findall(r"\blookalike_\w+", text)}
    assert len(queried) > 8
    assert {_SUFFIX.sub("", name) for name in queried} <= defined


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_accepts_configuration_and_alerts(tmp_path: Path) -> None:
    config = write_configuration("http://127.0.0.1:8000", tmp_path, key="none", every_s=None)
    done = subprocess.run(
        [str(PROMTOOL), "check", "config", str(config)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(alerts())} rules found" in done.stdout
