"""The settings of a whole stack that a test starts."""

import os

from core.settings import EncoderSettings, JobSettings, Ports, Settings
from tests.support.servers import free_ports

# leases and sweeps are short, so that a test need not wait for what an operator would
JOBS = JobSettings(chunk=16, lease_s=6, sweep_s=1)


MODELS = "LOOKALIKE_TESTS_MODELS"
"""Names the folder where all stacks of a run keep converted networks: each takes half a minute."""


def make_settings(data, pins=None):
    if MODELS in os.environ and not (data / "models").exists():
        data.mkdir(parents=True, exist_ok=True)
        (data / "models").symlink_to(os.environ[MODELS])
    ports = Ports(**free_ports(Ports.model_fields))
    networks = EncoderSettings(weights=data / "weights", pins=pins or {})
    return Settings(data=data, ports=ports, jobs=JOBS, encoders=networks)


def workers_of(stack):
    """The processes of its workers that run now, by part."""
    return {name: pid for name, pid in stack.pids().items() if name.startswith("worker")}
