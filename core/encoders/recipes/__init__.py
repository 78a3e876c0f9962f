"""Recipes: how the unit parts of a vector (network, middle, colour) are made and weighted."""
