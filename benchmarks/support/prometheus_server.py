"""A Prometheus for a while, told of a stack as that of `deploy/monitoring`; and what it says.

Debian's package `prometheus` has it. Asked are the queries of the dashboard and of the alerts.
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
    """A line of the dashboard, or an alert."""

    name: str
    text: str
    is_alert: bool


@dataclass(frozen=True)
class Answer:
    """The series of a query over a while; figures of moments when there were none are left out."""

    query: Query
    series: list[list[float]]

    @property
    def highest(self) -> float:
        """Of all series; 0 where there is none."""
        return max((max(one) for one in self.series), default=0)


class Prometheus:
    """One that runs."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def ask(self, query: Query, since: float, step_s: float) -> Answer:
        """The query at all moments since then.

        Raises:
            ValueError: it is refused.
        """
        asked = {"query": query.text, "start": since, "end": time.time(), "step": step_s}
        series = [
            [figure for _, text in one["values"] if not math.isnan(figure := float(text))]
            for one in self._data("query_range", asked)["result"]
        ]
        return Answer(query, [one for one in series if one])

    def rules(self) -> list[dict[str, Any]]:
        """The alerts, with their health and state."""
        return [rule for group in self._data("rules")["groups"] for rule in group["rules"]]

    def targets(self) -> list[dict[str, Any]]:
        """What is scraped, and whether that goes well."""
        return list(self._data("targets")["activeTargets"])

    def is_ready(self) -> bool:
        """Whether it answers, and has scraped."""
        try:
            return [one["health"] for one in self.targets()] == ["up"]
        except (httpx2.TransportError, ValueError):
            return False

    def _data(self, what: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        body = self._http.get(f"/api/v1/{what}", params=asked).json()
        if body["status"] != "success":
            raise ValueError(f"{body['error']}: {asked}")
        return dict(body["data"])


@contextmanager
def watching(
    url: str, folder: Path, port: int, key: str = "", every_s: int | None = None
) -> Iterator[Prometheus]:
    """A Prometheus that scrapes what is at the URL, as often as ours does or as is said."""
    config = configuration(url, folder, key, every_s)
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
            yield _ready(process, Prometheus(http), folder / "prometheus.log")
        finally:
            process.terminate()


def configuration(url: str, folder: Path, key: str, every_s: int | None) -> Path:
    """Ours of the containers, but for where the API is and where its key lies."""
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
    """What the dashboard asks."""
    dashboard = json.loads((FOLDER / "grafana" / "lookalike.json").read_text())
    return [
        Query(panel["title"], target["expr"], is_alert=False)
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]


def alerts() -> list[Query]:
    """What the alerts ask."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return [Query(rule["alert"], rule["expr"], is_alert=True) for rule in rules]


def _ready(process: subprocess.Popen[bytes], prometheus: Prometheus, log: Path) -> Prometheus:
    until = time.monotonic() + START_S
    while not prometheus.is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"Prometheus has not scraped: {log.read_text()[-2000:]}")
        time.sleep(0.2)
    return prometheus
