"""Reading YAML written by people: bounded, plain values only, nothing hidden and nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rlxai.errors import FileRefused
from rlxai.networks.reading import naming, read_bounded

MAX_BYTES = 64 * 1024
_MAX_BITS = 64
"""Of whole numbers: Python refuses to print longer ones from some 14,000 bits on, in the midst of an error message."""


class _Loader(yaml.SafeLoader):
    """YAML's safe subset without aliases (a few lines of them expand to gigabytes) and without a name given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise FileRefused("uses a YAML alias (*name); write the value out")
        return super().compose_node(parent, index)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        value: int = super().construct_yaml_int(node)
        if value.bit_length() > _MAX_BITS:
            raise FileRefused(f"holds a number of more than {_MAX_BITS} bits")
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise FileRefused(f"gives the key {twice[0]!r} twice")
        return super().construct_mapping(node, deep)


# Without this the parent's own function stays in its table of constructors.
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        FileRefused: missing, larger than `MAX_BYTES`, not YAML's safe subset, or not a mapping with text keys.
    """
    with naming(path):
        try:
            values = yaml.load(read_bounded(path, MAX_BYTES), _Loader)
        except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
            # PyYAML lets through what int, float and datetime raise on odd dates, numbers and tags such as "!!int ''".
            raise FileRefused(f"is not valid YAML ({_where(error)})") from None
        except RecursionError:
            raise FileRefused("is nested too deeply") from None
        if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
            raise FileRefused("must hold lines of the form 'name: value'")
    return values


def _where(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return " ".join(str(error).split())[:120]
