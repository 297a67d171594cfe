"""The HTTP API as a service calls it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

import scamcheck
from scamcheck.resources import verdict_schema
from scamcheck.web.app import create_app
from scamcheck.web.settings import Limits, Settings

SCAM = "有人在我微信上订购物资,说是部队的,但让我先垫付8万元"
LIMITS = Limits(body_bytes=2**20, text_chars=5_000, batch_texts=20)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("desk")
    app = create_app(Settings(database=folder / "desk.db", overlay=folder / "rules", watch=False, limits=LIMITS))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
        yield client


def test_one_message_gets_what_classify_gives(client: TestClient) -> None:
    answer = client.post("/v1/classify", json={"text": SCAM})
    assert answer.json() == scamcheck.classify(SCAM).to_dict()
    jsonschema.validate(answer.json(), verdict_schema())
    assert answer.headers["cache-control"] == "no-store"


def test_a_batch_keeps_its_order_and_every_kind_of_string(client: TestClient) -> None:
    texts = [SCAM, "", "\ud800\x00", "<script>alert(1)</script>", SCAM * 100]
    body = json.dumps({"texts": texts})
    answer = client.post("/v1/classify/batch", content=body, headers={"content-type": "application/json"})
    assert answer.json()["verdicts"] == [verdict.to_dict() for verdict in scamcheck.classify_many(texts)]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/classify", b'{"text": "\xe8\x98\x8f', 422, "invalid-request"),
        ("/v1/classify", b"{}", 422, "invalid-request"),
        ("/v1/classify", b'{"text": 77777}', 422, "invalid-request"),
        ("/v1/classify", '{"text": "好", "藏着的秘密": 1}'.encode(), 422, "invalid-request"),
        ("/v1/classify", json.dumps({"text": "藏" * 5_001}).encode(), 413, "text-too-long"),
        ("/v1/classify", b" " * 2**20 + b"{}", 413, "body-too-large"),
        ("/v1/classify/batch", json.dumps({"texts": ["藏"] * 21}).encode(), 413, "too-many-texts"),
        ("/v1/nothing", b"{}", 404, "not-found"),
    ],
)
def test_refusals_are_problem_details_that_do_not_repeat_the_text(
    client: TestClient, path: str, body: bytes, status: int, code: str
) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json", "accept-language": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:scamcheck:{code}", status)
    assert problem["detail"] and "藏" not in answer.text and "77777" not in answer.text


def test_a_streamed_body_is_cut_off_at_the_limit(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * 2**16

    answer = client.post("/v1/classify", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413 and answer.headers["connection"] == "close"


def test_no_text_reaches_the_logs(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/v1/classify", json={"text": "藏着的话13800001111"})
        client.post("/v1/classify", json={"text": ["藏着的话"]})
        client.post("/v1/classify/batch", json={"texts": ["藏着的话"] * 21})
    assert "藏着" not in caplog.text and "13800001111" not in caplog.text


def test_rules_taxonomy_probes_and_figures(client: TestClient) -> None:
    rules = client.get("/v1/rules").json()
    assert rules["version"] == scamcheck.Classifier.load().rules_version
    assert len(rules["rules"]) > 250 and rules["problems"] == []
    assert len(client.get("/v1/taxonomy").json()["categories"]) >= 16
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    client.post("/v1/classify", json={"text": SCAM})
    figures = client.get("/metrics").text
    assert 'label="military_procurement"' in figures and "_bucket{" in figures


def test_a_client_that_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    limits = Limits(requests_per_second=2.0)
    app = create_app(Settings(database=tmp_path / "desk.db", overlay=tmp_path / "rules", watch=False, limits=limits))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("203.0.113.9", 50000)) as client:
        answers = [client.get("/v1/taxonomy") for _ in range(4)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200


def test_the_api_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page and "https://" not in page
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert client.get(f"/static/swagger-ui/{asset}").status_code == 200


def test_the_openapi_document_describes_every_route(client: TestClient) -> None:
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1/classify",
        "/v1/classify/batch",
        "/v1/rules",
        "/v1/taxonomy",
        "/healthz",
        "/readyz",
        "/metrics",
    }
