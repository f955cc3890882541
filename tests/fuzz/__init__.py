"""Hostile and broken input: every kind of thing that rlxai reads from outside, made wrong in thousands of ways.

`python -m tests.fuzz` runs the whole campaign; the tests here run a short one.
"""
