"""A stand-in for the embedded cloud's interpreter: answers as healthy, keeps state when it is asked
to stop, and has a function's process beside it, as the real one does.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from local.cloud_settings import CloudSettings
from tests.cloud.site import free_ports

SCRIPT = f"""#!{sys.executable}
import http.server, json, os, pathlib, signal, subprocess, sys

work = pathlib.Path(os.environ["TMPDIR"]) / "_worker.py"
work.write_text("import time; time.sleep(600)")
subprocess.Popen([sys.executable, str(work)])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({{"services": {{}}}}).encode())


def stop(*_):
    (pathlib.Path(os.environ["STATE_DIR"]) / "kept.json").write_text("{{}}")
    os._exit(0)


signal.signal(signal.SIGTERM, stop)
address = (os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"]))
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""


def fake_cloud(folder: Path) -> CloudSettings:
    """Settings of a cloud of its own in the folder, on a port of its own."""
    interpreter = folder / "python"
    interpreter.parent.mkdir(parents=True, exist_ok=True)
    interpreter.write_text(SCRIPT)
    interpreter.chmod(0o755)
    (port,) = free_ports(1)
    settings = CloudSettings(interpreter=interpreter, folder=folder / "kept", port=port)
    return replace(settings, start_seconds=20, stop_seconds=10)


def environment_of(settings: CloudSettings) -> dict[str, str]:
    """What makes another process use the same settings."""
    return {
        "OMS_CLOUD_FOLDER": str(settings.folder),
        "OMS_CLOUD_PORT": str(settings.port),
        "OMS_CLOUD_PYTHON": str(settings.interpreter),
    }
