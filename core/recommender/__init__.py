"""Learns from sales and image vectors what to recommend, without calling any server."""
