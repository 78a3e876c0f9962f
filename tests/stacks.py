"""The settings of a whole stack that a test starts."""

from core.settings import EncoderSettings, JobSettings, Ports, Settings
from tests.servers import free_ports

# leases and sweeps are short, so that a test need not wait for what an operator would
JOBS = JobSettings(chunk=16, lease_s=6, sweep_s=1)


def make_settings(data, pins=None):
    ports = Ports(**free_ports(Ports.model_fields))
    networks = EncoderSettings(weights=data / "weights", pins=pins or {})
    return Settings(data=data, ports=ports, jobs=JOBS, encoders=networks)
