"""Who may call, and what the answers allow a browser."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from scamcheck import InputError
from scamcheck.web.app import create_app
from scamcheck.web.settings import Settings, is_loopback

TOKEN = "correct-horse-battery-staple"
LOCAL = ("127.0.0.1", 50000)


def desk(folder: Path, *, token: str | None = None, **options: object) -> TestClient:
    if token is not None:
        (folder / "token").write_text(token + "\n", "utf-8")
        options["token_file"] = folder / "token"
    settings = Settings(database=folder / "desk.db", overlay=folder / "rules", watch=False, **options)  # type: ignore[arg-type]
    return TestClient(create_app(settings), base_url="http://127.0.0.1:8000", client=LOCAL)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "127.0.0.1/x", "", "[::1"])
def test_a_foreign_host_is_turned_away(tmp_path: Path, host: str) -> None:
    assert desk(tmp_path).get("/v1/taxonomy", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "[::1]:8000", "desk.example.cn."])
def test_own_and_allowed_hosts_are_served(tmp_path: Path, host: str) -> None:
    client = desk(tmp_path, allowed_hosts=("desk.example.cn",))
    assert client.get("/v1/taxonomy", headers={"host": host}).status_code == 200


def test_the_token_opens_by_bearer_and_by_password_only(tmp_path: Path) -> None:
    client = desk(tmp_path, token=TOKEN)
    assert client.get("/healthz").status_code == 200
    basic = "Basic " + base64.b64encode(f"任意:{TOKEN}".encode()).decode()
    for value in (f"Bearer {TOKEN}", basic):
        assert client.get("/v1/taxonomy", headers={"authorization": value}).status_code == 200
    for value in (None, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Token {TOKEN}", "Basic %%%"):
        answer = client.get("/v1/taxonomy", headers={"authorization": value} if value else {})
        assert answer.status_code == 401 and "www-authenticate" in answer.headers
    assert client.get("/", headers={"accept": "text/html"}).status_code == 401


def test_other_addresses_need_a_token_that_is_worth_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--token-file"):
        Settings(host="0.0.0.0")
    for content in ("", "short", "有汉字的一行很长的令牌不行的", "two words of sixteen"):
        (tmp_path / "token").write_text(content, "utf-8")
        with pytest.raises(InputError, match="at least 16"):
            Settings(host="0.0.0.0", token_file=tmp_path / "token").token()
    with pytest.raises(InputError, match="cannot read the token file"):
        Settings(token_file=tmp_path / "missing").token()


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("example.cn", False)],
)  # fmt: skip
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_request_from_another_site_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    client = desk(tmp_path)
    assert client.post("/v1/classify", json={"text": "好"}, headers=headers).status_code == 403
    assert (
        client.post("/v1/classify", json={"text": "好"}, headers={"origin": "http://127.0.0.1:8000"}).status_code == 200
    )


def test_forms_without_the_page_token_are_refused(tmp_path: Path) -> None:
    client = desk(tmp_path)
    for fields in ({"text": "好"}, {"text": "好", "csrf_token": "0" * 64}):
        assert client.post("/", data=fields, headers={"accept": "text/html"}).status_code == 403


def test_every_answer_forbids_foreign_and_inline_content(tmp_path: Path) -> None:
    client = desk(tmp_path)
    for path in ("/", "/docs", "/v1/taxonomy", "/static/desk.css", "/nothing"):
        headers = client.get(path, headers={"accept": "text/html"}).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    cookie = desk(tmp_path).get("/", headers={"accept": "text/html"}).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
