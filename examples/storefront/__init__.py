"""A small web shop that shows how to build one on Lookalike."""
