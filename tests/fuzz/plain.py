"""Plain values, as JSON and YAML hold them, made wrong: one place in a tree at a time."""

from __future__ import annotations

import copy
import random
from typing import Any

MARKUP = '</script><img src=x onerror="alert(1)">'
NAMES = (
    "",
    " ",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a/../../../b",
    "C:\\x",
    "nul\0l",
    "\x1b[2J\x1b]0;x\x07",
    "\u202egnp",
    "a" * 300,
    "a" * 70_000,
    MARKUP,
    "{step}",
    "%s%n",
    "${HOME}",
    "$(id)",
    "é́́́",
    "\U0001f4a3",
    "-rf",
    "--help",
    "line\nline",
    "\ud800",
    "__class__",
    "constructor",
    "true",
    "1e999",
    "0x10",
    "1_000",
)
NUMBERS = (
    0, -1, 1, 2, 64, 255, 2**31, 2**31 - 1, 2**32, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**12, 10**18, 10**400,
    0.0, -0.0, 0.5, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), True, False,
)  # fmt: skip


def wild(rng: random.Random) -> Any:
    """Any value that was not asked for."""
    match rng.randrange(8):
        case 0 | 1:
            return rng.choice(NUMBERS)
        case 2 | 3:
            return rng.choice(NAMES)
        case 4:
            return None
        case 5:
            return [wild_leaf(rng) for _ in range(rng.choice((0, 1, 2, 3, 100)))]
        case 6:
            return {str(wild_leaf(rng))[:50]: wild_leaf(rng) for _ in range(rng.choice((0, 1, 3)))}
    return nested(rng.choice((3, 50)), rng)


def wild_leaf(rng: random.Random) -> Any:
    """A number, a text or nothing."""
    return rng.choice((rng.choice(NUMBERS), rng.choice(NAMES), None))


def nested(depth: int, rng: random.Random) -> Any:
    """Lists or mappings in each other."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a tree, that of the tree itself first."""
    found = [path]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items)[:200]:
        found += places(value, (*path, key))
    return found


def mutated(tree: Any, rng: random.Random, times: int | None = None) -> Any:
    """A copy of a tree with one to three values replaced, left out, doubled, renamed or moved."""
    tree = copy.deepcopy(tree)
    for _ in range(times or rng.choice((1, 1, 2, 3))):
        tree = _once(tree, rng)
    return tree


def _once(tree: Any, rng: random.Random) -> Any:
    path = rng.choice(places(tree))
    if not path:
        return wild(rng) if rng.random() < 0.2 else tree
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    key, value = path[-1], parent[path[-1]]
    match rng.randrange(10):
        case 0 if isinstance(parent, dict):
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[rng.choice((*NAMES, str(key).upper()))] = parent.pop(key)
        case 2 if isinstance(parent, dict):
            parent[rng.choice(NAMES)] = wild(rng)
        case 0 if isinstance(parent, list):
            parent.pop(key)
        case 1 | 2 if isinstance(parent, list):
            parent.insert(key, copy.deepcopy(value) if rng.random() < 0.5 else wild(rng))
        case 3 if isinstance(value, int | float) and not isinstance(value, bool):
            parent[key] = rng.choice(
                (value + 1, value - 1, -value, value * 10**6, str(value), value / 2 if value else 1)
            )
        case 3 if isinstance(value, str):
            parent[key] = rng.choice((value + "x", value[1:], value.upper(), value * 50, [value], value + "\0"))
        case 4:
            parent[key] = copy.deepcopy(_value(tree, rng.choice(places(tree))))
        case _:
            parent[key] = wild(rng)
    return tree


def _value(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree
