"""Makes the deployable package: `deployment.zip` and `sam.json`, of this very working tree.

    python -m local.packaging dev build/dev [lambda|host]

`chalice package` does the work. What is added: it works on a copy without byte code, so that equal
sources make equal packages; a dependency for which no wheel was found is an error (Chalice only
warns, and keeps the incomplete zip for the next time); and for a machine that isn't Linux on
x86-64 the embedded cloud gets a package with that machine's own wheels.
"""

from __future__ import annotations

import enum
import hashlib
import json
import os
import platform as host
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ZIP_NAME = "deployment.zip"
_SHIPPED = ("app.py", "chalicelib", "vendor")
# Chalice packages nothing for an application without a function.
_STUB = """
from chalice import Chalice

app = Chalice(app_name="wheels")


@app.lambda_function()
def nothing(event, context):
    pass
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Platform(enum.Enum):
    """For which machine the dependencies are: Lambda's (Linux, x86-64), or the one we are on."""

    LAMBDA = "lambda"
    HOST = "host"


class PackagingFailed(Exception):
    """No package was made; the text is for the person at the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was made."""

    template: Path
    code: Path


def package(
    stage: str, out_dir: Path, *, platform: Platform = Platform.LAMBDA, root: Path = ROOT
) -> Package:
    """Packages the application for `stage` of `.chalice/config.json` and `infra/` into `out_dir`.

    Raises PackagingFailed, and leaves no package then, when Chalice fails or a requirement is not
    there in the pinned version for `platform`.
    """
    stages = json.loads((root / ".chalice" / "config.json").read_text())["stages"]
    if stage not in stages:
        raise PackagingFailed(f"There is no stage {stage!r}: {', '.join(stages)}.")
    requirements = root / "requirements.txt"
    shutil.rmtree(out_dir, ignore_errors=True)
    out_dir.mkdir(parents=True)
    made = Package(template=out_dir / "sam.json", code=out_dir / ZIP_NAME)
    try:
        dependencies = _dependencies(requirements, platform, root / ".local" / "wheels")
        with tempfile.TemporaryDirectory(prefix="oms-package-") as name:
            project, made_here = Path(name) / "project", Path(name) / "out"
            _copy_sources(root, project)
            merge = project / "merge.json"
            _run([sys.executable, str(root / "infra" / "merge.py"), stage, str(merge)], cwd=root)
            _run_chalice(project, made_here, "--stage", stage, "--merge-template", str(merge))
            shutil.copyfile(made_here / "sam.json", made.template)
            shutil.copyfile(dependencies, made.code)
            _append(made_here / ZIP_NAME, made.code)
    except BaseException:
        shutil.rmtree(out_dir, ignore_errors=True)
        raise
    return made


def _dependencies(requirements: Path, platform: Platform, cache: Path) -> Path:
    """A zip of what `requirements` names, made once per content, platform and Python."""
    ours = platform is Platform.HOST and not _host_is_like_lambda()
    target = f"{sys.platform}-{host.machine()}" if ours else "lambda"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    kept = cache / f"{target}-{python}-{digest}.zip"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="oms-wheels-", dir=cache) as name:
            made = Path(name) / ZIP_NAME
            (_make_host_wheels if ours else _make_lambda_wheels)(requirements, made)
            _check_requirements(requirements, made)
            # Only a whole and checked one gets the name that the next run looks for.
            made.replace(kept)
    return kept


def _make_lambda_wheels(requirements: Path, target: Path) -> None:
    """Chalice picks the wheels: it knows the glibc of each of Lambda's runtimes."""
    project = target.parent / "project"
    (project / ".chalice").mkdir(parents=True)
    (project / "app.py").write_text(_STUB)
    (project / ".chalice" / "config.json").write_text('{"version": "2.0", "app_name": "wheels"}')
    shutil.copyfile(requirements, project / "requirements.txt")
    _run_chalice(project, target.parent / "out")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _copy_entries(target.parent / "out" / ZIP_NAME, archive, but=("app.py", "chalice/"))


def _make_host_wheels(requirements: Path, target: Path) -> None:
    folder = target.parent / "wheels"
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"),
            *("--only-binary", ":all:", "--target", str(folder), "-r", str(requirements)),
        ],
        cwd=requirements.parent,
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _add(archive, path.relative_to(folder).as_posix(), path.read_bytes())


def _append(source: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        _copy_entries(source, archive)


def _copy_entries(source: Path, archive: zipfile.ZipFile, *, but: tuple[str, ...] = ()) -> None:
    with zipfile.ZipFile(source) as original:
        for name in sorted(original.namelist()):
            if not (but and name.startswith(but)):
                _add(archive, name, original.read(name))


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Neither times nor modes of this machine: equal sources make equal packages.
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _host_is_like_lambda() -> bool:
    glibc = host.libc_ver()[0] == "glibc"
    return sys.platform == "linux" and host.machine() == "x86_64" and glibc


def _copy_sources(root: Path, copy: Path) -> None:
    copy.mkdir()
    no_byte_code = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store")
    for name in _SHIPPED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=no_byte_code)
        elif source.exists():
            shutil.copy2(source, copy / name)
    settings = copy / ".chalice"
    settings.mkdir()
    for source in (root / ".chalice").glob("*.json"):
        shutil.copy2(source, settings / source.name)


def _run_chalice(project: Path, out_dir: Path, *options: str) -> None:
    said = _run(
        [
            *(sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())"),
            *("--project-dir", str(project), "package", "--template-format", "json"),
            *(*options, str(out_dir)),
        ],
        cwd=project,
    )
    if "Could not install dependencies" in said:
        raise PackagingFailed(said)


def _run(command: list[str], *, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    # Chalice refuses to package without a region, though nothing in the package names one.
    environment["AWS_DEFAULT_REGION"] = os.environ.get("AWS_DEFAULT_REGION") or "ap-northeast-1"
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PackagingFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _check_requirements(requirements: Path, code: Path) -> None:
    """Every pinned requirement lies in the zip, by the metadata folder that its wheel brings."""
    with zipfile.ZipFile(code) as archive:
        found = {
            _plain(*name.split("/", 1)[0].removesuffix(".dist-info").rsplit("-", 1))
            for name in archive.namelist()
            if name.endswith(".dist-info/METADATA")
        }
    wanted = {
        _plain(name, version): f"{name}=={version}" for name, version in _pinned(requirements)
    }
    if missing := sorted(text for key, text in wanted.items() if key not in found):
        raise PackagingFailed(
            f"Not in the package: {', '.join(missing)}. There is no wheel of them for the "
            "platform that was asked for, or the index can't be reached."
        )


def _pinned(requirements: Path) -> Iterator[tuple[str, str]]:
    for line in requirements.read_text().splitlines():
        text = line.split("#", 1)[0].split(";", 1)[0].strip()
        if not text:
            continue
        parts = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s=]+)", text)
        if parts is None:
            raise PackagingFailed(f"{requirements.name}: {text!r} is not pinned as name==version")
        yield parts[1], parts[2]


def _plain(name: str, version: str) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", name).lower(), version


def main(arguments: list[str]) -> int:
    """The command line."""
    platforms = {each.value for each in Platform}
    if len(arguments) not in {2, 3} or not platforms.issuperset(arguments[2:]):
        print("usage: python -m local.packaging STAGE OUT_DIR [lambda|host]", file=sys.stderr)
        return 2
    try:
        made = package(
            arguments[0], Path(arguments[1]), platform=Platform((arguments[2:] or ["lambda"])[0])
        )
    except PackagingFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made.code} {made.code.stat().st_size / 1e6:.1f} MB, {made.template}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
