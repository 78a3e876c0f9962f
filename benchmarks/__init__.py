"""Benchmarks, the source of the README's figures; `python -m benchmarks` runs the main one."""
