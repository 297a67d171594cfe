"""Small statistics that evaluation and the model card share."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

Z95 = 1.959963984540054


def wilson(hits: float, total: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson 1927, doi:10.1080/01621459.1927.10502953); (0, 1) without data."""
    if total <= 0:
        return 0.0, 1.0
    share = hits / total
    denominator = 1.0 + z * z / total
    centre = share + z * z / (2.0 * total)
    half = z * math.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    return max(0.0, (centre - half) / denominator), min(1.0, (centre + half) / denominator)


def precision_at(recall: float, false_positive_rate: float, prevalence: float) -> float:
    """Precision by Bayes' rule; 0 where nothing is flagged."""
    hits = recall * prevalence
    alarms = false_positive_rate * (1.0 - prevalence)
    return hits / (hits + alarms) if hits + alarms > 0 else 0.0


def log_likelihood_ratio(hits: int, size: int, count: int, total: int) -> float:
    """The log-likelihood ratio (Dunning 1993, aclanthology.org/J93-1003) of `hits` of `count` occurrences falling into a class of `size` out of `total`."""

    def entropy(*cells: int) -> float:
        whole = sum(cells)
        return -sum(cell * math.log(cell / whole) for cell in cells if cell)

    table = (hits, size - hits, count - hits, total - size - count + hits)
    rows = entropy(table[0] + table[1], table[2] + table[3])
    columns = entropy(table[0] + table[2], table[1] + table[3])
    return max(0.0, 2.0 * (rows + columns - entropy(*table)))


def rounded(values: FloatArray) -> FloatArray:
    """Rounded to 5 decimals, then to float32: hides the last bits in which processors differ, and is what the artefact stores."""
    return np.asarray(np.round(values, 5), dtype=np.float32).astype(np.float64)
