"""One module per resource; handlers of a few lines."""
