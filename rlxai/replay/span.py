"""The decisions that are shown or written."""

from __future__ import annotations

from rlxai.errors import InvalidValue


def span(decisions: int, start: int = 0, stop: int | None = None) -> range:
    """Decisions start..stop-1 of a game; None means its end.

    Raises:
        InvalidValue: the range is empty or reaches beyond the game.
    """
    stop = decisions if stop is None else stop
    if not 0 <= start < stop <= decisions:
        raise InvalidValue(
            f"the range of decisions must lie in 0 to {decisions} and not be empty, met {start} to {stop}"
        )
    return range(start, stop)
