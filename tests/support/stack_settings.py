"""Settings for the stacks that tests start."""

import os

from core.settings import DownloadSettings, EncoderSettings, JobSettings, Ports, Settings
from tests.support.servers import free_ports

# short leases and sweep intervals, so that tests wait less
JOBS = JobSettings(
    chunk_size=16, lease_s=6, sweep_interval_s=1, train_quiet_s=0, fit_quiet_s=0,
    fit_min_images=24, fit_automatically=False, scale_images=6,
)  # fmt: skip

# everything else waits for networks and for the start of processes
WHOLE = {"start_flower": True, "embed_processes": 2}
SMALL = {"start_flower": False, "embed_processes": 1, "default_encoder": "efficientnet-lite0"}
LOKO_GATEWAY = "gateway"
"""The host name of requests that Loko's gateway passes on; see `tests.support.loko_caller`."""
MODELS = "LOOKALIKE_TESTS_MODELS"
"""Environment variable: folder of converted networks shared by all stacks of a run (30 s each)."""


def make_settings(data, pins=None, **changes):
    """Return settings of a stack with few processes, unless `changes` says otherwise."""
    if MODELS in os.environ and not (data / "models").exists():
        data.mkdir(parents=True, exist_ok=True)
        (data / "models").symlink_to(os.environ[MODELS])
    ports = free_ports([*Ports.model_fields, "images"])
    images = DownloadSettings(private_hosts=(f"127.0.0.1:{ports.pop('images')}",))
    encoders = EncoderSettings(weights_dir=data / "weights", weights_sha256=pins or {})
    return Settings(
        data=data,
        ports=Ports(**ports),
        jobs=JOBS,
        encoders=encoders,
        downloads=images,
        allowed_hosts=(LOKO_GATEWAY,),
        **SMALL | changes,
    )


def image_server_port(stack):
    """Return the only private port from which a stack downloads images."""
    return int(stack.settings.downloads.private_hosts[0].rpartition(":")[2])


def worker_pids(stack):
    """Return the ids of the running worker processes, by name."""
    return {name: pid for name, pid in stack.pids().items() if name.startswith("worker")}
