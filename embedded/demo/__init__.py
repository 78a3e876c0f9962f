"""Generates a demo shop: drawn garments, a manifest and sales; the same seed, the same files."""
