"""Fetch the browser libraries named in `vendor.json` from npm, check their hashes, and put them where they are used.

python tools/vendor.py           fetch and write (needs npm)
python tools/vendor.py --check   compare the files in place with the recorded hashes, offline
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = Path(__file__).with_name("vendor.json")


def main() -> int:
    packages = json.loads(LIST.read_text("utf-8"))
    wrong = []
    for package in packages:
        found = {} if "--check" in sys.argv else fetch(package)
        for member, entry in package["files"].items():
            target = ROOT / entry["to"]
            content = found[member] if found else target.read_bytes() if target.exists() else b""
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                wrong.append(f"{entry['to']}: not {package['name']} {package['version']} as recorded in {LIST.name}")
            elif found:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    print("\n".join(wrong) or f"{len(packages)} packages as recorded")
    return 1 if wrong else 0


def fetch(package: dict[str, object]) -> dict[str, bytes]:
    """The wanted members of the package's tarball. Source-map references are left out: the maps are not shipped."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{package['name']}@{package['version']}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        raw = archive.read_bytes()
    found = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in package["files"]:  # type: ignore[attr-defined]
            stream = tar.extractfile(f"package/{member}")
            assert stream is not None
            lines = stream.read().split(b"\n")
            found[member] = b"\n".join(line for line in lines if not line.startswith(b"//# sourceMappingURL="))
    return found


if __name__ == "__main__":
    sys.exit(main())
