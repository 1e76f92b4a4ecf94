"""How large the deployed package is, and whose bytes they are."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from local.packaging import package


def sizes() -> tuple[int, Counter[str]]:
    """Bytes of the zip, and compressed bytes by top-level folder, those of a distribution's
    metadata with it.
    """
    with tempfile.TemporaryDirectory(prefix="oms-size-") as folder:
        made = package("prod", Path(folder) / "package")
        return made.code.stat().st_size, by_folder(made.code)


def by_folder(code: Path) -> Counter[str]:
    """Compressed bytes by top-level name."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(code) as archive:
        for entry in archive.infolist():
            top = entry.filename.split("/", 1)[0]
            name = top.removesuffix(".dist-info").removesuffix(".libs")
            found[name.partition("-")[0].removesuffix(".py")] += entry.compress_size
    return found
