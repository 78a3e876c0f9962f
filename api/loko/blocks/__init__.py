"""One module per block of a Loko AI flow."""
