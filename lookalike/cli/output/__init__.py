"""The output of commands: tables, JSON, progress bars, HTML pages and files."""
