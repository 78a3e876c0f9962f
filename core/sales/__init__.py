"""Sales: the CSV contract and the ledger. Import its modules: `dialect` needs no numpy, no pyarrow.

`dialect.find_dialect` looks at a file's beginning, `reading.read_sales` reads it all, and `ledger`
keeps what was read and puts all uploads together.
"""
