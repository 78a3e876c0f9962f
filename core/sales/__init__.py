"""Sales: reads CSV files and merges the order lines of all uploads.

`dialect` inspects the beginning of a file, `importer` reads all of it, `parquet_files` stores what
was read, and `order_lines` merges all uploads. `dialect` and `import_report` need no numpy, pandas
or pyarrow, so that the API can import them.
"""
