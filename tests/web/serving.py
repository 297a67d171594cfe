"""A real server in a process of its own, and Debian's Chromium to drive it with."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a desk with an empty database and overlay in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("scamcheck")), "serve", "--port", str(port)]
    command += ["--database", str(folder / "desk.db"), "--overlay", str(folder / "rules")]
    with (folder / "server.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz"):
                    break
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()


def launch(tool: Any) -> Any:
    """Chromium without its sandbox, which a container's root cannot have."""
    return tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
