"""A page with the timelines of an invented game of two panels."""

from __future__ import annotations

from typing import Any

from tests.browser.modules import page_with

_MODULES = ("series", "axes", "timeline", "zoom", "csv", "table", "rows")
_TIMELINES = """
<div class=timelines><div data-ref=gutter></div><div class=plot data-ref=plot>
<canvas data-ref=timeline></canvas><div class=cursor data-ref=cursor></div></div></div>
"""
_BODY = f"<template>{_TIMELINES}</template><div class=player style='width:1200px'><div class=timelines></div></div>"
_BUILD = """
decisions => {
    const fresh = document.querySelector("template").content.cloneNode(true);
    document.querySelector(".timelines").replaceWith(fresh);
    const nodes = [...document.querySelectorAll("[data-ref]")];
    const of = (value) => Float32Array.from({ length: decisions }, (_, t) => value(t));
    const events = [[3, "reward", 1], [40, "life lost", 4], [60, "tunnel opened", 2]];
    const clusters = { names: ["<b>x</b>", "y"], candidates: [false, true], of: "m" };
    window.episode = {
        meta: { rows: decisions, skip: 4, screen: [210, 160], actions: ["NOOP", "LEFT"], events },
        columns: {
            taken: of((t) => t % 2), reward: of((t) => t === 3), lives: of(() => 5), score: of((t) => t >= 3),
            ball_x: of((t) => t % 160), ball_y: of(() => 1), paddle_x: of(() => 50),
        },
    };
    const table = (first) => ({
        meta: { bands: { ball: [0.5, 2] }, networks: 5, clusters },
        columns: {
            output_0: of((t) => Number(t % 3 === first)), output_1: of(() => 0.5), target: of((t) => t),
            lift_ball: of((t) => (t === 77 ? 20 : 0.2)), lift_wall: of(() => 1),
            cluster: of((t) => (t % 10 ? NaN : 1)),
        },
    });
    window.tables = [table(0), table(1)];
    window.seeks = [];
    window.zooms = [];
    const onSeek = (t) => {
        seeks.push(t);
        rows.cursor(t / decisions);
    };
    const refs = Object.fromEntries(nodes.map((node) => [node.dataset.ref, node]));
    window.rows = new Rows(refs, { onSeek, onZoom: (range) => zooms.push(range) });
    const [labels, letters, objects] = [["A 1k", "B 2k"], ["A", "B"], ["ball", "wall"]];
    rows.build({ episode, tables, labels, letters, objects, target: "advantage" });
}
"""


def open_rows(browser: Any) -> Any:
    """A page without a game as yet; see `build`."""
    return page_with(browser, *_MODULES, body=_BODY, viewport={"width": 1300, "height": 1100})


def build(page: Any, decisions: int) -> None:
    """Fresh timelines as `rows`: reward, lost life and opened column; a spike of A's and B's lift.ball at t 77."""
    page.evaluate(_BUILD, decisions)
