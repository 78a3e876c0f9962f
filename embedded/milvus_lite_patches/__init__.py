"""Patches of Milvus Lite's engine: durability and speed."""
