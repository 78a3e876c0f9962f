"""The extension that `make loko` writes, which Loko AI can build and show."""
