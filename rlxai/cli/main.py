"""Entry point: settings that must precede torch, the verbs, and one line for every mistake.

Exit status: 0 done, 1 failed with one line that says why, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from rlxai.errors import RlxaiError, shown

# Spinning OpenMP barriers make two torch threads beside any busy process up to twenty times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        arguments: words after `rlxai`; those of the process by default.

    Returns:
        The exit status.
    """
    from rlxai.cli.verbs import app  # the verbs' modules are imported once the environment above is set

    if any("\0" in word for word in arguments or ()):  # from other code; a shell cannot say it
        return _fail("rlxai: an argument holds a zero byte, which no name of a file can have", 2)
    try:
        status = app.main(args=arguments, prog_name="rlxai", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "rlxai"
        return _fail(f"{where}: {error.format_message()} (see {where} --help)", 2)
    except (click.Abort, KeyboardInterrupt):
        return _fail("rlxai: interrupted; what is finished is kept, and the same command goes on from there", 130)
    except RlxaiError as error:
        return _fail(f"rlxai: {error}", 1)
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _fail(sentence: str, status: int) -> int:
    print(shown(" ".join(sentence.split())), file=sys.stderr)
    return status
