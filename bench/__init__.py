"""What the app costs: requests, capacity units, money, CPU, cold starts, the package's size.

`python -m bench` measures on the embedded cloud with the app in this process, so that every request
of our own code is counted and nothing else is. `docs/performance.md` keeps what it found.
"""
