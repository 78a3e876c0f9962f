"""What commands print: tables, JSON, progress, HTML pages, files."""
