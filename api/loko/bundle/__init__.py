"""What `make loko` writes: an extension that Loko AI can build and show."""
