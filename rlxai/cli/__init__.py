"""The command line: `rlxai VERB`, one file per group of verbs."""

from rlxai.cli.main import main

__all__ = ["main"]
