"""What an operator runs on the machine itself; `lookalike` starts these as processes."""
