"""Writes every generated document anew; `tests/docs` fails while one of them is behind the code."""

from __future__ import annotations

from pathlib import Path

from docs.generate.documents import documents

FOLDER = Path(__file__).resolve().parent.parent


def main() -> None:
    """Writes what has changed, and says so."""
    for name, text in documents(FOLDER).items():
        path = FOLDER / name
        if path.exists() and path.read_text() == text:
            continue
        path.write_text(text)
        print(f"written: docs/{name}")


if __name__ == "__main__":
    main()
