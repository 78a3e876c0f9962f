"""Commands that talk to a server over HTTP."""
