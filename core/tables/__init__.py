"""Reads tables as shops send them: detects encoding, delimiter and header, and yields the rows.

Sales files and manifests use this package. It has no built-in column names: callers say which
columns they look for. The API imports the package, so it must not need numpy or pandas.
"""
