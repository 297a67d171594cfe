"""Requests made up from the OpenAPI document: every answer is one it describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.web.serving import server


@pytest.mark.slow
def test_answers_are_as_documented(tmp_path: Path) -> None:
    with server(tmp_path) as address:
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) == 7
        for operation in operations:

            @given(case=operation.as_strategy())
            @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
            def answers(case: Any) -> None:
                case.call_and_validate()

            answers()
