"""Bodies of the queue, stream and schedule handlers. Reach services through bootstrap only."""
