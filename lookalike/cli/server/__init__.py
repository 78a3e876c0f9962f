"""Commands that run on the server's machine."""
