"""The dashboard and the alerts ask for what we count; promtool, where it is, takes the files."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.support.prometheus_server import alerts, configuration, panels

ROOT = Path(__file__).parents[2]
PROMTOOL = shutil.which("promtool")
COUNTED = (ROOT / "core/observability/metrics.py", ROOT / "api/services/metrics_collectors.py")
_SUFFIX = re.compile(r"_(total|bucket|count|sum)$")


def test_every_metric_of_ours_that_is_asked_for_is_counted() -> None:
    ours = {name for path in COUNTED for name in re.findall(r'"(lookalike_\w+)"', path.read_text())}
    queries = [query.text for query in (*panels(), *alerts())]
    asked = {name for text in queries for name in re.findall(r"\blookalike_\w+", text)}
    assert len(asked) > 8
    assert {_SUFFIX.sub("", name) for name in asked} <= ours


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_takes_configuration_and_alerts(tmp_path: Path) -> None:
    config = configuration("http://127.0.0.1:8000", tmp_path, key="none", every_s=None)
    said = subprocess.run(
        [str(PROMTOOL), "check", "config", str(config)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert f"{len(alerts())} rules found" in said.stdout
