"""Orders and their fulfilments: taken in, reviewed, split, sourced, shipped, cancelled, tracked."""
