"""Stand-ins for the outside world, each a process of its own that speaks HTTP on loopback.

They share no code with the application, so that a misreading of a protocol cannot hide on both
sides at once. `server` is the ground they stand on; `wms`, `erp` and the others are the peers.
"""
