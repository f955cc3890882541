"""A part of the report that sums up a result with a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from rlxai.strategy.report.html import Html, image, section, tag


@dataclass(frozen=True)
class Section:
    """What the report says of one further result."""

    title: str
    sentences: tuple[str, ...] = ()
    caption: str = ""
    """Of the figure."""
    svg: bytes | None = None
    link: str = ""
    """Where its own page is, seen from the report; empty where it has none."""

    def html(self) -> Html:
        """The section."""
        parts = [tag("ul", *(tag("li", one) for one in self.sentences))] if self.sentences else []
        if self.svg is not None:
            parts.append(tag("figure", image(self.svg, "svg", self.caption), tag("figcaption", self.caption)))
        if self.link:
            where = "All of it, with its controls, is on a page of its own in the folder of the run: "
            parts.append(tag("p", where, tag("a", self.link.rpartition("/")[2], href=self.link), ".", class_="small"))
        return section(self.title, *parts)
