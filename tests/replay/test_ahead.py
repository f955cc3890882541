from threading import Event

import pytest

from rlxai.replay.ahead import ahead


def test_items_come_in_order():
    assert list(ahead(iter(range(100)), 3)) == list(range(100))
    assert list(ahead([], 3)) == []


def test_an_error_comes_where_its_item_would_have_come():
    def items():
        yield 1
        raise KeyboardInterrupt("stop")

    made = ahead(items(), 3)
    assert next(made) == 1
    with pytest.raises(KeyboardInterrupt, match="stop"):
        next(made)


def test_items_are_made_before_they_are_asked_for_but_not_without_bound():
    made, third = [], Event()

    def items():
        for i in range(50):
            made.append(i)
            if i == 3:
                third.set()
            yield i

    work = ahead(items(), 2)
    assert next(work) == 0
    assert third.wait(10)  # one was taken, two wait, the next is in hand
    work.close()  # ends the thread, which joins here
    assert len(made) == 4
