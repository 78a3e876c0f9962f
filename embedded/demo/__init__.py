"""Generates a demo shop from a seed: drawn garments, a manifest and sales."""
