"""Sales: reads CSV files, by means of `core.tables`, and merges the order lines of all uploads.

`dialect` inspects the beginning of a file, `importer` reads the whole file, `parquet_files` stores
its rows, and `order_line_frame` merges all uploads. The API imports `dialect` and `import_report`,
which therefore must not import numpy, pandas or pyarrow.
"""
