"""Errors a user can cause: each carries one clear sentence saying what, where, and what is allowed.

The command line prints the sentence and exits with status 1; no stack trace is shown for these.
"""

_LONGEST = 1000


def shown(text: str) -> str:
    """A text from elsewhere as one line, control characters spelled out; of a long one the middle is left out."""
    line = text.replace("\n", " ")
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST * 2 // 3]} ... {line[-_LONGEST // 4 :]}"
    return line if line.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


class RlxaiError(Exception):
    """Base of every error that is the input's fault rather than a defect of rlxai.

    Sentences quote names and values of files, which may hold anything: as text it is one line without control
    characters, whatever was quoted.
    """

    def __str__(self) -> str:
        return shown(super().__str__())


class InvalidValue(RlxaiError, ValueError):
    """An argument is outside its domain; the sentence quotes the value met and the values allowed."""


class FileRefused(RlxaiError):
    """A file is broken, hostile or not understood; the sentence names the file and the cause."""


class RunError(RlxaiError):
    """A run folder is missing, incomplete or damaged; the sentence names the path and the cause."""
