"""`python -m local.cli`, which `./oms` runs."""

from __future__ import annotations

from local.cli.application import app

if __name__ == "__main__":
    app(prog_name="oms")
