"""How servers are reached: connection URLs and Redis clients."""
