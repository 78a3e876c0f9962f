"""Runs a program that dies with its parent: `python leash.py --nice 10 -- program ...`.

Started as a file, by itself: importing the package would cost every process a second import.
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, then become the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signal", default="KILL", help="sent when the parent has died")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("program", nargs="+")
    asked = parser.parse_args()
    os.nice(asked.nice)
    _die_with_parent(signal.Signals[f"SIG{asked.signal}"])
    os.execvp(asked.program[0], asked.program)  # noqa: S606 - a shell would stand in between


def _die_with_parent(number: signal.Signals) -> None:
    if not sys.platform.startswith("linux"):
        return  # elsewhere only an orderly stop leaves nothing behind
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before the kernel knew
        sys.exit(1)


if __name__ == "__main__":
    main()
