"""Scoring many messages: one function over Arrow record batches, used by tables, files, Spark and any other engine that speaks Arrow."""

from __future__ import annotations

try:
    import pyarrow  # noqa: F401
except ImportError:
    raise ImportError("scamcheck.batch needs pyarrow; install it with: pip install 'scamcheck[batch]'") from None

from scamcheck.batch.errors import BatchError
from scamcheck.batch.scoring import BatchScorer, Knowledge
from scamcheck.batch.table import score_stream, score_table

__all__ = ["BatchError", "BatchScorer", "Knowledge", "score_stream", "score_table"]
