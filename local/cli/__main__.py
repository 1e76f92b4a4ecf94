"""`python -m local.cli`, which `./oms` runs."""

from __future__ import annotations

from local.cli.application import app
from local.screen import show_everything

if __name__ == "__main__":
    show_everything()
    app(prog_name="oms")
