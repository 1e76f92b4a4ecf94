"""A minute of fuzzing: whatever comes is read or refused, and what the fuzzer found on its way is
answered by the app with HTTP 200 and XML, as everything that a WMS sends.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tests.warehouse.codec.incoming as incoming_tests
from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.messagetype import Direction
from chalicelib.warehouse.xml import read
from tests.fakes.cloud import Cloud
from tests.http.conftest import reusable_cloud
from tests.http.qimen import told_with
from tests.http.world import Site

pytestmark = pytest.mark.proof

pytest.importorskip("atheris", reason="the fuzzer has no wheel for this system")

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("OMS_FUZZ_SECONDS", "60"))
MOST_SENT = 1_500
"""Documents that are sent through the HTTP edge afterwards, of those that the fuzzer kept."""

LIMIT_MB = 2048

METHODS = tuple(CATALOGUE)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fuzzer kept, each document new to some line of the codecs."""
    folder = tmp_path_factory.mktemp("fuzz")
    kept = folder / "kept"
    kept.mkdir()
    for number, seed in enumerate(seeds()):
        (kept / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in sorted(tags())))
    command = [
        sys.executable,
        "-m",
        "tests.proofs.fuzzing",
        f"-max_total_time={SECONDS}",
        "-max_len=4096",
        "-seed=20261122",
        f"-rss_limit_mb={LIMIT_MB + _peak_mb()}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/found-",
        str(kept),
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS * 5 + 60, check=False
    )
    found = [path.read_bytes() for path in folder.glob("found-*")]
    assert (done.returncode, found) == (0, []), done.stderr[-4000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None
    assert int(runs[1]) > 10_000
    return kept


def _peak_mb() -> int:
    """What this process has used at most: Linux counts it as its child's own, from the start."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def seeds() -> Iterator[bytes]:
    """A document of each message that the codecs' own tests read, behind the message's number."""
    texts = [
        value
        for module in pkgutil.iter_modules(incoming_tests.__path__)
        for value in vars(
            importlib.import_module(f"{incoming_tests.__name__}.{module.name}")
        ).values()
        if isinstance(value, str) and value.lstrip().startswith("<")
    ]
    for number, message in enumerate(CATALOGUE.values()):
        root = "request" if message.direction is Direction.UP else "response"
        for text in texts:
            body = f"<{root}>{text}</{root}>".encode()
            try:
                message.reader(read(body, root=root))
            except Refused:
                continue
            yield bytes([number]) + body


def tags() -> set[str]:
    """The names of elements, out of the codecs' sources."""
    found: set[str] = set()
    for path in (ROOT / "chalicelib/warehouse/codec").rglob("*.py"):
        found.update(re.findall(r'"([a-z][A-Za-z]{2,30})"', path.read_text("utf-8")))
    return found


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with reusable_cloud() as fresh:
        make: Callable[[], Cloud] = fresh
        yield Site(make())


@pytest.mark.timeout(900)
def test_a_minute_of_fuzzing_finds_nothing_but_refusals(corpus: Path) -> None:
    assert len(list(corpus.iterdir())) > len(list(seeds()))


@pytest.mark.timeout(900)
def test_what_the_fuzzer_kept_is_answered_as_a_wms_expects(corpus: Path, site: Site) -> None:
    sent = 0
    for path in sorted(corpus.iterdir()):
        data = path.read_bytes()
        method = METHODS[data[0] % len(METHODS)]
        if CATALOGUE[method].direction is Direction.UP and sent < MOST_SENT:
            # `told_with` sees to HTTP 200 and to XML.
            told = told_with(site.callback(method, data[1:]))
            assert told["flag"] in ("success", "failure")
            sent += 1
    assert sent > 50
