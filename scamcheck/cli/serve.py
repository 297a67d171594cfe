"""`scamcheck serve`: the officer's desk and the API, on this machine unless told otherwise."""

from __future__ import annotations

import dataclasses
import errno
import socket
from pathlib import Path
from typing import Any

import click

from scamcheck.errors import InputError

_FILE = click.Path(path_type=Path)


@click.command(
    name="serve",
    help="启动研判页面和 API, 默认只在本机可见, 无需联网 / the officer's desk and the API, on this machine, offline",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="绑定的地址, 非本机地址须加 --token-file / address"
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="端口, 0 为任选 / port")
@click.option("--token-file", type=_FILE, help="令牌文件: 一行, 至少 16 个字符 / file with the token callers must show")
@click.option("--database", type=_FILE, help="研判记录的 SQLite 文件 / SQLite file of the desk")
@click.option("--rules", "rules", multiple=True, type=_FILE, help="规则目录, 可叠加 / rule directory; repeat to layer")
@click.option("--overlay", type=_FILE, help="规则工作台保存到的目录 / folder the rules workbench saves to")
@click.option("--model", type=_FILE, help="模型目录 / model directory")
@click.option("--retention-days", type=int, help="记录保留天数, 到期自动删除 / delete entries after so many days")
@click.option("--allow-host", "allowed_hosts", multiple=True, help="另外允许的域名 / further Host names to answer to")
def command(**options: Any) -> None:
    try:
        from scamcheck.web.app import create_app
        from scamcheck.web.connections import server_of
        from scamcheck.web.settings import Settings
    except ImportError as error:
        raise InputError(f"serving needs {error.name}; install it with: pip install 'scamcheck[web]'") from None

    defaults = {field.name for field in dataclasses.fields(Settings)}
    settings = Settings(**{name: value for name, value in options.items() if name in defaults and value is not None})
    app = create_app(settings)
    listener = _listen(settings.host, settings.port)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"scamcheck: http://{name}:{listener.getsockname()[1]}/  (Ctrl+C 停止 / to stop)")
    click.echo(f"数据库 / database: {settings.database}")
    server_of(app, settings.limits).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # who opens the address as soon as it is shown waits instead of being refused
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} is taken; choose another with --port, or 0 for any free one") from None
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host and --port"
        ) from None
    return listener
