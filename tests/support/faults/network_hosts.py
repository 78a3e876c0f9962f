"""Hosts as network namespaces of this machine, joined by a bridge; creating them needs root.

All hosts share the disk of this machine: give each a folder of its own.
"""

import os
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.support.servers import STOP_S

NET = f"198.18.{os.getpid() % 250}"  # reserved for benchmarks, so it collides with no real network


@dataclass(frozen=True)
class Host:
    name: str
    namespace: str
    address: str
    bridge_port: str
    """The end of the host's link that is at the bridge."""

    def command(self, *words):
        """Wrap a command so that it runs, as the same process, with the host's name and network."""
        hostname = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name)
        return ("ip", "netns", "exec", self.namespace, *hostname, *map(str, words))

    @contextmanager
    def running(self, *words, log, env=None):
        """Run a process on the host for the length of a `with`; append its output to a file."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                self.command(*words), env=env, stdout=file, stderr=file, start_new_session=True
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextmanager
    def disconnected(self):
        """Drop all traffic of the host; open connections are not closed."""
        ip(f"link set {self.bridge_port} down")
        try:
            yield
        finally:
            ip(f"link set {self.bridge_port} up")


@contextmanager
def network_hosts(*names):
    """Create a host of each name; this process joins their network as `NET`.254."""
    bridge = f"lk{os.getpid()}"
    with ExitStack() as cleanup:
        ip(f"link add {bridge} type bridge")
        cleanup.callback(ip, f"link del {bridge}")
        ip(f"addr add {NET}.254/24 dev {bridge}")
        ip(f"link set {bridge} up")
        yield [
            cleanup.enter_context(_host(name, bridge, number))
            for number, name in enumerate(names, start=1)
        ]


@contextmanager
def _host(name, bridge, number):
    host = Host(name, f"{bridge}-{name}", f"{NET}.{number}", f"{bridge}-{number}")
    ip(f"netns add {host.namespace}")
    try:
        ip(f"link add {host.bridge_port} type veth peer name eth0 netns {host.namespace}")
        ip(f"link set {host.bridge_port} master {bridge} up")
        ip(f"-n {host.namespace} addr add {host.address}/24 dev eth0")
        for device in ("lo", "eth0"):
            ip(f"-n {host.namespace} link set {device} up")
        yield host
    finally:
        ip(f"netns del {host.namespace}")


def why_unavailable():
    """Return why hosts cannot be created here, or None if they can."""
    try:
        with network_hosts("try"):
            return None
    except FileNotFoundError:
        return "`ip` is not installed"
    except subprocess.CalledProcessError as exc:
        return exc.stderr.strip()


def ip(words):
    subprocess.run(["ip", *words.split()], check=True, capture_output=True, text=True)
