"""The blocks of Loko AI flows: what a flow sends, turned into requests of `/v1` and back."""
