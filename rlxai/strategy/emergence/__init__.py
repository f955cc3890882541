"""When a curve changes over training, and which changes first."""
