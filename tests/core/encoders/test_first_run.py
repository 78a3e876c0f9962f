"""The first inferences in a process, by several threads at once."""

import subprocess
import sys
from pathlib import Path

import pytest

THREADS = 4
RUN = f"""
import faulthandler, sys, threading
from pathlib import Path
import numpy as np
from core.encoders.catalogue import describe
from core.encoders.openvino import OpenVinoNetwork
from core.encoders.weights.lookup import WeightsLookup

weights = WeightsLookup(Path(sys.argv[1]), {{}}).require(describe("efficientnet-lite0"))
network = OpenVinoNetwork(weights, folder=Path(sys.argv[1]), precision="auto", streams={THREADS})
faulthandler.dump_traceback_later(30, exit=True)
sys.setswitchinterval(1e-7)  # so that rare interleavings of threads happen
start = threading.Barrier({THREADS})

def run():
    image = np.zeros((1, 224, 224, 3), np.uint8)
    start.wait()
    network.run(image)

threads = [threading.Thread(target=run) for _ in range({THREADS})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))  # it deadlocked in one of three
def test_concurrent_first_searches_of_a_worker_do_not_deadlock(models: Path, attempt: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(models)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
