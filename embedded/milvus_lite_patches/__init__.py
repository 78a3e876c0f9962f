"""Patches that make Milvus Lite's engine durable and fast."""
