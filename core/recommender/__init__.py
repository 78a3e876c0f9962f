"""Learns from sales and image vectors what to recommend. Pure computation: no server is called."""
