"""Tasks of `rlxai trust`: which maps of a run may be believed."""
