"""Reads tables as shops send them: detects encoding, delimiter and header, and yields the rows.

Sales files and manifests use this package. It knows none of their columns: callers say which header
they look for. The API imports it, so it needs neither numpy nor pandas.
"""
