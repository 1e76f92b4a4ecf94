"""What closing a large day costs, beside DuckDB: `make bench-snapshot`.

A seeded business is made as files, its day closed by the app's own code in two processes and by
DuckDB with two threads, from the same files in the same run, and both results compared row by row.
`docs/performance.md` keeps what it found. What is timed is what a shard's close does between its
reads and its manifest (`chalicelib.stock`: closings, segments, folding, shard_lines), and reading
its files; the balances are read from files too, in place of the table.
"""
