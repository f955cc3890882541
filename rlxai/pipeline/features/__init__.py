"""Tasks of `rlxai features`: what the units of a run's networks are."""
