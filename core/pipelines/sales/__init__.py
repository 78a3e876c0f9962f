"""Imports and deletes sales; each change requests a training."""
