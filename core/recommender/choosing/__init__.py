"""Chooses the variants and weights of the blend by what customers bought in held-out sales."""
