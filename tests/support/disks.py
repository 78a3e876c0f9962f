"""Disks of their own for tests; mounting them needs root."""

import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def mounted_disk(folder, megabytes):
    """Mount an empty disk of this size on a folder; skip the test if that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount a disk: needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
