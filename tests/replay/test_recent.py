from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rlxai.replay.recent import Recent


def test_a_thing_is_made_once_and_the_longest_unused_goes_first():
    made, kept = [], Recent(3)
    for name in "abcabdab":
        assert kept.get(name, lambda name=name: made.append(name) or name.upper()) == name.upper()
    assert made == ["a", "b", "c", "d"]
    kept.get("c", lambda: made.append("c"))  # d pushed it out
    assert made == ["a", "b", "c", "d", "c"]


def test_the_limit_counts_sizes_and_what_is_too_large_is_not_kept():
    made, kept = [], Recent(10, len)

    def get(text):
        return kept.get(text, lambda: made.append(text) or text)

    for text in ("xxxx", "yyyy", "xxxx", "zzzzzzzzzzzz", "zzzzzzzzzzzz", "www", "www"):
        assert get(text) == text
    assert made == ["xxxx", "yyyy", "zzzzzzzzzzzz", "zzzzzzzzzzzz", "www"]


def test_who_asks_meanwhile_waits_for_the_same_thing_and_others_do_not_wait():
    kept, begun, go_on, made = Recent(8), threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        assert go_on.wait(30)
        made.append("slow")
        return object()

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(kept.get, "slow", slow)
        assert begun.wait(30)
        others = [threads.submit(kept.get, "slow", slow) for _ in range(3)]
        assert kept.get("quick", lambda: 7) == 7
        go_on.set()
        assert all(other.result() is first.result() for other in others)
    assert made == ["slow"]


def test_an_error_reaches_all_who_wait_and_the_next_tries_again():
    kept, begun, go_on = Recent(8), threading.Event(), threading.Event()

    def broken():
        begun.set()
        assert go_on.wait(30)
        raise OSError("damaged")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept.get, "x", broken)
        assert begun.wait(30)
        second = threads.submit(kept.get, "x", broken)
        go_on.set()
        for one in (first, second):
            with pytest.raises(OSError, match="damaged"):
                one.result()
    assert kept.get("x", lambda: "mended") == "mended"
