"""JSON and YAML texts that are wrong where plain values cannot be: repeated keys, depth, length, bombs."""

from __future__ import annotations

import json
import random
from typing import Any

import yaml

from tests.fuzz.mutate import damaged
from tests.fuzz.plain import NAMES, mutated

_LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
"""'Billion laughs': twelve lines that expand to 9^12 values."""
YAML_TRICKS = (
    _LAUGHS,
    "a: &a [*a]\n",
    "a: &a {b: *a}\n<<: *a\n",
    "x: !!python/object/apply:os.mkdir [canary]\n",
    "!!python/object/new:os.mkdir [canary]\n",
    "x: !!python/name:os.system\n",
    "x: !!binary aGk=\n",
    "? [a, b]\n: 1\n",
    "? {a: b}\n: 1\n",
    "1: 2\n",
    "null: 1\n",
    "~\n",
    "[]\n",
    "- a\n- b\n",
    "a: b\n---\nc: d\n",
    "%YAML 9.9\n---\na: b\n",
    "a: 2026-99-99\n",
    "a: 2026-11-20\n",
    "a: 99999-01-01T99:99:99\n",
    "a: 1:60:70\n",
    "a: .nan\n",
    "a: -.inf\n",
    "a: 0o777\n",
    "a: " + "9" * 60_000 + "\n",
    "a: 0x" + "f" * 60_000 + "\n",
    "a: 0b" + "1" * 60_000 + "\n",
    "a: " + "1:" * 20_000 + "1\n",
    "a: " + "[" * 30_000 + "\n",
    "a: " + "{b: " * 15_000 + "\n",
    "[" * 5000 + "]" * 5000 + "\n",
    "- " * 20_000 + "\n",
    "a" * 60_000 + ": 1\n",
    "a: '" + "''" * 20_000 + "'\n",
    "a: |\n " + "x" * 60_000,
    "\ufeffa: 1\n",
    "\x00a: 1\n",
    "a: \x1b[2J\n",
    "a: 1\na: 2\n",
    "a: {b: 1, b: 2}\n",
    "<<: {a: 1}\n<<: {a: 2}\n",
    "a: !!set {x, y}\n",
    "a: !!omap [x: 1]\n",
    "a: !!timestamp 1\n",
    "".join(f"k{i}: {i}\n" for i in range(5000)),
    "a: " + "- " * 500 + "\n",
    "\t a: 1\n",
    "a: @b\n",
    "a: `b`\n",
    "...\n",
    "a: !!int '" + "9" * 10_000 + "'\n",
    "a: !!float x\n",
    "a: !!int []\n",
    "a: !!int ''\n",
    "a: !!bool maybe\n",
    "a: !!timestamp x\n",
    "a: !!map 3\n",
    "a: !!seq 3\n",
    "a: !!str [3]\n",
    "!!int 'x': 1\n",
    "a: !<tag:yaml.org,2002:python/tuple> [1]\n",
    "a: " + "1:" * 300 + "1.5\n",
    "a: 0001-01-01T00:00:00+14:00\n",
    "a: !!float ''\n",
)
JSON_TRICKS = (
    "",
    " ",
    "null",
    "[]",
    "{}",
    "0",
    '"x"',
    "{",
    "[" * 100_000,
    '{"a":' * 50_000,
    "[" * 900 + "]" * 900,
    "9" * 1_000_000,
    '{"a": ' + "9" * 1_000_000 + "}",
    '{"a": 1e999999}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": 1, "a": 2}',
    "\ufeff{}",
    '{"a": "\\ud800"}',
    '{"a": "\x00"}',
    "{'a': 1}",
    '{"a": 1}{"b": 2}',
    '{"a": 1,}',
    "//x\n{}",
    '{"a": 0x10}',
    "\x80\x04.",
    '{"a": "' + "\\u0041" * 100_000 + '"}',
    "[" + "1," * 300_000 + "1]",
    '{"' + "a" * 10**6 + '": 1}',
)


def json_text(tree: Any, rng: random.Random, *, indent: int | None = None) -> bytes:
    """A tree as JSON made wrong: a wrong value, a repeated key, a trick, or damage to the text."""
    match rng.randrange(8):
        case 0:
            return rng.choice(JSON_TRICKS).encode("utf-8", "surrogatepass")
        case 1:
            return damaged(dumped(tree, indent), rng)
        case 2 if isinstance(tree, dict) and tree:
            name, text = rng.choice(list(tree)), dumped(tree, indent).decode()
            return (text[: text.rindex("}")] + f", {json.dumps(name)}: {json.dumps(rng.choice(NAMES))}}}").encode()
        case 3:
            text = dumped(tree, indent).decode()
            at = rng.randrange(len(text))
            return (text[:at] + rng.choice(("[" * 5000, "9" * 5000, '"' + "\\" * 99, "{}", "NaN", "\0"))).encode()
    return dumped(mutated(tree, rng), indent)


def dumped(tree: Any, indent: int | None = None) -> bytes:
    """JSON as Python writes it, NaN included; numbers of any length."""
    return json.dumps(tree, indent=indent).encode("utf-8", "surrogatepass")


def yaml_text(tree: Any, rng: random.Random) -> bytes:
    """A tree as YAML made wrong, likewise; tricks stand alone, before or in place of a value."""
    text = yaml.safe_dump(tree, sort_keys=False)
    match rng.randrange(8):
        case 0:
            trick = rng.choice(YAML_TRICKS)
            return (trick + text if rng.random() < 0.5 else trick).encode("utf-8", "surrogatepass")
        case 1:
            return damaged(text.encode(), rng)
        case 2:
            lines = text.splitlines(keepends=True)
            lines.insert(rng.randrange(len(lines) + 1), rng.choice((*lines, *YAML_TRICKS)))
            return "".join(lines).encode("utf-8", "surrogatepass")
        case 3:
            lines = text.splitlines(keepends=True)
            rng.shuffle(lines)
            return "".join(lines[: rng.randrange(len(lines) + 1)]).encode()
    wrong = mutated(tree, rng)
    try:
        return yaml.safe_dump(wrong, sort_keys=False, allow_unicode=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    except (yaml.YAMLError, ValueError):  # numbers of many digits
        return dumped(wrong) if _short(wrong) else text.encode()


def _short(tree: Any) -> bool:
    try:
        json.dumps(tree)
    except ValueError:
        return False
    return True
