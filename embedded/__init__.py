"""The servers and processes that `lookalike up` runs on one machine, and the demo shop."""
