"""The extension for Loko AI that `make loko` writes."""
