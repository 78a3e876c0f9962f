"""Runs a Prometheus server with the configuration of `deploy/monitoring`, and queries it.

The binary comes from Debian's package `prometheus`, the queries from the dashboard and the alerts.
"""

import json
import math
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
BINARY = shutil.which("prometheus")
START_S = 30


@dataclass(frozen=True)
class Query:
    """A query of a dashboard panel, or of an alert."""

    name: str
    text: str
    is_alert: bool


@dataclass(frozen=True)
class QueryResult:
    """The series that a query returns for a period, without NaN values."""

    query: Query
    series: list[list[float]]

    @property
    def highest(self) -> float:
        """The highest value of all series, or 0 if there are no series."""
        return max((max(values) for values in self.series), default=0)


class Prometheus:
    """A client of a running Prometheus server."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def run(self, query: Query, since: float, step_s: float) -> QueryResult:
        """Run a query over the time from `since` until now.

        Raises:
            ValueError: Prometheus rejects the query.
        """
        params = {"query": query.text, "start": since, "end": time.time(), "step": step_s}
        series = [
            [value for _, text in row["values"] if not math.isnan(value := float(text))]
            for row in self._data("query_range", params)["result"]
        ]
        return QueryResult(query, [values for values in series if values])

    def rules(self) -> list[dict[str, Any]]:
        """Return the alerts with their health and state."""
        return [rule for group in self._data("rules")["groups"] for rule in group["rules"]]

    def targets(self) -> list[dict[str, Any]]:
        """Return the scrape targets with their health."""
        return list(self._data("targets")["activeTargets"])

    def is_ready(self) -> bool:
        """Whether the server is up and has scraped its target."""
        try:
            return [target["health"] for target in self.targets()] == ["up"]
        except (httpx2.TransportError, ValueError):
            return False

    def _data(self, endpoint: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        body = self._http.get(f"/api/v1/{endpoint}", params=params).json()
        if body["status"] != "success":
            raise ValueError(f"{body['error']}: {params}")
        return dict(body["data"])


@contextmanager
def run_prometheus(
    url: str, folder: Path, port: int, key: str = "", every_s: int | None = None
) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes the server at `url`, by default as often as in deploy/."""
    config = write_configuration(url, folder, key, every_s)
    command = [
        str(BINARY),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (
        (folder / "prometheus.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        try:
            yield _wait_until_ready(process, Prometheus(http), folder / "prometheus.log")
        finally:
            process.terminate()


def write_configuration(url: str, folder: Path, key: str, every_s: int | None) -> Path:
    """Copy the configuration of deploy/monitoring, but with this address, API key and interval."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    (folder / "key").write_text(key)
    job["authorization"]["credentials_file"] = str(folder / "key")
    job["static_configs"] = [{"targets": [url.removeprefix("http://")]}]
    if every_s:
        config["global"] = dict.fromkeys(config["global"], f"{every_s}s")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    shutil.copy(FOLDER / "alerts.yml", folder)
    return folder / "prometheus.yml"


def panels() -> list[Query]:
    """Return the queries of the dashboard."""
    dashboard = json.loads((FOLDER / "grafana" / "lookalike.json").read_text())
    return [
        Query(panel["title"], target["expr"], is_alert=False)
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]


def alerts() -> list[Query]:
    """Return the queries of the alerts."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return [Query(rule["alert"], rule["expr"], is_alert=True) for rule in rules]


def _wait_until_ready(
    process: subprocess.Popen[bytes], prometheus: Prometheus, log: Path
) -> Prometheus:
    deadline = time.monotonic() + START_S
    while not prometheus.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Prometheus did not scrape its target:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)
    return prometheus
