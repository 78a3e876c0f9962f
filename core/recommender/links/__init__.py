"""Links between items that are bought together."""
