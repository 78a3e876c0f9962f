"""How commands print results: tables, HTML pages, progress."""
