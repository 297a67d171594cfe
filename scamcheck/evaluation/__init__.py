"""Honest measurement: recall, false alarms, precision at real prevalence, calibration, with intervals."""
