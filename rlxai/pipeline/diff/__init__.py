"""`rlxai diff`: runs laid side by side."""
