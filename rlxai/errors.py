"""Errors a user can cause: each carries one clear sentence saying what, where, and what is allowed.

The command line prints the sentence and exits with status 1; no stack trace is shown for these.
"""


class RlxaiError(Exception):
    """Base of every error that is the input's fault rather than a defect of rlxai."""


class InvalidValue(RlxaiError, ValueError):
    """An argument is outside its domain; the sentence quotes the value met and the values allowed."""


class FileRefused(RlxaiError):
    """A file is broken, hostile or not understood; the sentence names the file and the cause."""


class RunError(RlxaiError):
    """A run folder is missing, incomplete or damaged; the sentence names the path and the cause."""
