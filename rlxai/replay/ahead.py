"""Work ahead: items of an iterable are made in a thread while the ones before are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

_WAIT = 0.1
"""Seconds after which a full queue looks whether anyone still wants its items."""


def ahead(items: Iterable[T], depth: int) -> Iterator[T]:
    """The same items in the same order, up to `depth` of them made before they are asked for.

    An error of `items` is raised where the item would have come. The thread ends when the iterator is closed.
    """
    made: Queue[tuple[T | None, BaseException | None, bool]] = Queue(depth)
    unwanted = Event()

    def offer(entry: tuple[T | None, BaseException | None, bool]) -> bool:
        while not unwanted.is_set():
            try:
                made.put(entry, timeout=_WAIT)
            except Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not offer((item, None, False)):
                    return
            offer((None, None, True))
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            offer((None, error, True))

    worker = Thread(target=make, name="ahead", daemon=True)
    worker.start()
    try:
        while True:
            item, error, last = made.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]  # None only with an error or at the end
    finally:
        unwanted.set()
        worker.join()
