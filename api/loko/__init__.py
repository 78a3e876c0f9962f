"""The blocks of Loko AI flows, which translate messages of a flow to requests of `/v1`."""
