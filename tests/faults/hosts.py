"""Hosts that are network namespaces of this machine, joined by a bridge; only root can make them.

All share its disk: what a host is to have for itself must be in a folder of its own.
"""

import os
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.support.servers import STOP_S

NET = f"198.18.{os.getpid() % 250}"  # set aside for such tests: nobody's network is in its way


@dataclass(frozen=True)
class Host:
    name: str
    space: str
    address: str
    cable: str
    """The end of its link that is at the bridge."""

    def command(self, *words):
        """What runs words there, as the same process; it sees the host's name and network."""
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name)
        return ("ip", "netns", "exec", self.space, *named, *map(str, words))

    @contextmanager
    def running(self, *words, log, env=None):
        """A process on that host for the length of a `with`; its output is added to a file."""
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
    def cut_off(self):
        """Nothing comes or goes, and nobody is told: open connections stay open."""
        ip(f"link set {self.cable} down")
        try:
            yield
        finally:
            ip(f"link set {self.cable} up")


@contextmanager
def hosts(*names):
    """A host of each name; this process is in the same network, as `NET`.254."""
    bridge = f"lk{os.getpid()}"
    with ExitStack() as made:
        ip(f"link add {bridge} type bridge")
        made.callback(ip, f"link del {bridge}")
        ip(f"addr add {NET}.254/24 dev {bridge}")
        ip(f"link set {bridge} up")
        yield [
            made.enter_context(_host(name, bridge, number))
            for number, name in enumerate(names, start=1)
        ]


@contextmanager
def _host(name, bridge, number):
    host = Host(name, f"{bridge}-{name}", f"{NET}.{number}", f"{bridge}-{number}")
    ip(f"netns add {host.space}")
    try:
        ip(f"link add {host.cable} type veth peer name eth0 netns {host.space}")
        ip(f"link set {host.cable} master {bridge} up")
        ip(f"-n {host.space} addr add {host.address}/24 dev eth0")
        for device in ("lo", "eth0"):
            ip(f"-n {host.space} link set {device} up")
        yield host
    finally:
        ip(f"netns del {host.space}")


def why_not():
    """Why hosts cannot be made here; None if they can."""
    try:
        with hosts("try"):
            return None
    except FileNotFoundError:
        return "`ip` is not installed"
    except subprocess.CalledProcessError as exc:
        return exc.stderr.strip()


def ip(words):
    subprocess.run(["ip", *words.split()], check=True, capture_output=True, text=True)
