"""Hypotheses about a strategy, and how they are judged."""
