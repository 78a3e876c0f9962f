"""Benchmarks: where the README's figures come from. `python -m benchmarks` runs the main one."""
