"""What the report of a run says of its maps: which may be believed."""

from __future__ import annotations

from collections.abc import Mapping

from rlxai.errors import RunError
from rlxai.store import Commit
from rlxai.strategy.report.section import Section
from rlxai.trust.words import WORDS

_CAPTION = (
    "Badges by snapshot, and how far the target follows the pixels that a map calls relevant, above random orders of "
    "the same pixels. A badge says that a map tells about the network, not that the network knows anything."
)


def trust_section(commit: Commit) -> Section:
    """Badges in numbers, and by name at the snapshot that plays best.

    Raises:
        RunError: the result has no badges or no figure.
    """
    try:
        sentences = trust_sentences(commit.summary["badges"], int(commit.summary["best"]))
        svg = (commit.folder / "leaderboard.svg").read_bytes()
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{commit.folder}: holds no readable leaderboard ({type(error).__name__})") from None
    return Section("Which maps may be believed", sentences, _CAPTION, svg, "trust.html")


def trust_sentences(badges: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]], best: int) -> tuple[str, ...]:
    """What came out.

    Args:
        badges: step -> target -> method -> badge and reasons, as of `rlxai.pipeline.trust.board`.
        best: snapshot whose methods are named.
    """
    found = [
        told["badge"] for of_step in badges.values() for of_target in of_step.values() for told in of_target.values()
    ]
    counts = ", ".join(f"{found.count(word)} {word}" for word in WORDS)
    said = [f"{len(found)} kinds of maps (snapshot, method, target) were tested: {counts}."]
    for target, of_target in badges.get(str(best), {}).items():
        parts = []
        for word in WORDS:
            names = [method for method, told in of_target.items() if told["badge"] == word]
            parts.append(f"{word}: {', '.join(names) or 'none'}")
        said.append(f"Maps of {target} at step {best:,}: {'; '.join(parts)}.")
    return tuple(said)
