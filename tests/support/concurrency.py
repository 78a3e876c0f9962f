"""Calls made at the same moment."""

import threading


def call_together(*calls):
    """Call all functions at the same moment, each in a thread; return their results."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number):
        barrier.wait()
        results[number] = calls[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
