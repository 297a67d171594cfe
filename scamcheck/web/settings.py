"""How a desk is run: address, files, limits. Checked once, before anything is opened."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from scamcheck.errors import InputError

MIN_TOKEN = 16  # characters


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, one client and the whole process may take."""

    body_bytes: int = 16 * 2**20
    bodies_bytes: int = 128 * 2**20  # of all requests together
    text_chars: int = 2**20
    batch_texts: int = 1_000
    upload_rows: int = 10_000
    waiting_chars: int = 4 * 2**20  # of long texts being judged or waiting for it
    requests_per_second: float = 50.0  # of one client; a second's worth may come at once
    local_requests_per_second: float = 10_000.0  # of a client on loopback
    concurrent_requests: int = 256
    connections: int = 1_024
    head_bytes: int = 64 * 2**10
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    request_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`rules` are the base directories (the shipped rules if empty); `overlay` is the folder the rules workbench saves to.

    Raises `InputError` for a combination that is not safe or not possible.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token_file: Path | None = None
    database: Path = field(default_factory=lambda: data_directory() / "desk.db")
    rules: tuple[Path, ...] = ()
    overlay: Path = field(default_factory=lambda: data_directory() / "rules")
    model: Path | None = None
    retention_days: int | None = None
    allowed_hosts: tuple[str, ...] = ()  # beside the loopback names and `host`
    watch: bool = True
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.retention_days is not None and self.retention_days < 1:
            raise InputError(f"retention of {self.retention_days} days keeps nothing; give 1 or more, or leave it out")
        if not self.is_local and self.token_file is None:
            raise InputError(
                f"{self.host} can be reached from other machines, so a token is required: write a long random line into a file "
                "only you can read, and pass it with --token-file FILE (or serve on 127.0.0.1)"
            )

    @property
    def is_local(self) -> bool:
        return is_loopback(self.host)

    def token(self) -> str | None:
        """The token callers must show, or None. Raises `InputError` for a file that is missing, empty or too short."""
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            raise InputError(f"cannot read the token file {self.token_file}: {reason}; check its path") from None
        if len(token) < MIN_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            raise InputError(
                f"the token in {self.token_file} must be one line of at least {MIN_TOKEN} letters and digits; make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return token


def is_loopback(host: str) -> bool:
    """Whether an address to bind to, or a client's address, is this machine's own."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def data_directory() -> Path:
    """Where the desk keeps its files unless told otherwise."""
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "scamcheck"
