"""Imports and deletes sales; each change requests training."""
