"""Tasks of `rlxai strategy`: what an agent's strategy is, and when it arose."""
