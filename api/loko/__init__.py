"""The blocks of Loko AI flows, which translate messages of a flow into requests to `/v1`."""
