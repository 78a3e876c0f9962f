"""Connection URLs and Redis clients."""
