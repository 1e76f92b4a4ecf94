"""What closing a large day costs, beside DuckDB: `make bench-snapshot`.

A seeded business is made as files, its day closed by the app's own code in two processes and by
DuckDB with two threads, from the same files in the same run, and both results compared row by row.
`docs/performance.md` keeps what it found. What is timed is what a shard's close does between its
reads and its manifest: `read_rows`, `missing_in`, `fold`, `write_rows` of `chalicelib.stock`, and
the reading of the day's entries and balances from files.
"""
