"""Run a program that is killed when its parent dies: `die_with_parent.py --nice 10 -- program ...`.

Run as a script, not as a module: importing the package would slow down the start of every process.
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for a signal when the parent dies, then exec the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signal", default="KILL", help="the signal sent when the parent dies")
    parser.add_argument("--nice", type=int, default=0, help="the increase of the niceness")
    parser.add_argument("program", nargs="+")
    args = parser.parse_args()
    os.nice(args.nice)
    _set_parent_death_signal(signal.Signals[f"SIG{args.signal}"])
    os.execvp(args.program[0], args.program)  # noqa: S606 - no shell between us and the program


def _set_parent_death_signal(number: signal.Signals) -> None:
    if not sys.platform.startswith("linux"):
        return  # elsewhere processes can outlive a launcher that is killed
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # the parent died before prctl
        sys.exit(1)


if __name__ == "__main__":
    main()
