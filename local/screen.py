"""What the person at the screen sees, whatever the screen can show."""

from __future__ import annotations

import io
import sys


def show_everything() -> None:
    """Texts that the terminal's encoding lacks (Chinese, ticks) come out escaped, not as an
    error.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
