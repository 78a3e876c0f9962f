"""The HTTP API, which validates requests and submits jobs but never loads a model."""
