"""From the address to what the player starts with, and back."""

import pytest

from dashboards.selection import pick, start, view_words


def test_only_words_of_the_view_are_passed_on():
    address = {"t": "5", "p": "1,m,t", "run": "r", "episode": "e", "evil": "x", "query": "a" * 30_000}
    assert view_words(address) == {"t": "5", "p": "1,m,t"}
    assert view_words({"t": 5, "p": ["1"]}) == {}


LINK, OTHER = {"t": "5"}, {"t": "9"}


@pytest.mark.parametrize(
    ("wanted", "last", "given", "expected"),
    [
        (LINK, None, {}, LINK),
        (LINK, LINK, OTHER, OTHER),  # the player wrote the address itself: it is left alone
        (OTHER, LINK, OTHER, OTHER),
        ({"t": "7"}, LINK, OTHER, {"t": "7"}),  # another link
        ({}, LINK, OTHER, LINK),  # the page was left and entered again
        ({}, None, OTHER, OTHER),
        ({}, None, {}, {}),
    ],
)
def test_the_player_starts_again_only_for_another_link(wanted, last, given, expected):
    assert start(wanted, last, given) == expected


def test_what_is_not_there_becomes_the_first():
    assert pick("b", ["a", "b"]) == "b"
    assert pick("x", ["a", "b"]) == pick(None, ["a", "b"]) == "a"
