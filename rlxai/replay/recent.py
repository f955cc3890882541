"""What was made lately, kept within a limit and made once, however many ask for it at the same moment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last things made, by key; safe to use from several threads.

    Args:
        limit: largest sum of sizes that is kept; a thing that is larger alone is handed out and forgotten.
        size: of one thing, by default 1.
    """

    def __init__(self, limit: int, size: Callable[[T], int] = lambda _: 1) -> None:
        self._limit = limit
        self._size = size
        self._kept: OrderedDict[Hashable, Future[T]] = OrderedDict()  # the longest unused first
        self._sizes: dict[Hashable, int] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under `key`, made now if need be; who asks while it is being made waits for it.

        What `make` raises is raised for all who wait, and made anew for the next.
        """
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            else:
                mine: Future[T] = Future()
                self._kept[key] = mine
        if found is not None:
            return found.result()
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(made)
        self._weigh(key, mine, self._size(made))
        return made

    def _weigh(self, key: Hashable, made: Future[T], size: int) -> None:
        with self._lock:
            if self._kept.get(key) is not made:
                return
            self._sizes[key] = size
            total = sum(self._sizes.values())
            for oldest in list(self._kept):
                if total <= self._limit:
                    break
                if oldest in self._sizes:  # what is being made has no size yet
                    total -= self._sizes.pop(oldest)
                    del self._kept[oldest]
