"""Models and parameters of the HTTP API, with their descriptions and examples."""
