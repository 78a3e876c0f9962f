"""What the README's figures come from: `python -m benchmarks` measures this machine and prints."""
