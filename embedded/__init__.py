"""The embedded servers and processes, and the demo shop."""
