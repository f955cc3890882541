"""The HTML around the player in a file of its own: head, data as script elements, and the script.

The page's content security policy allows its own style and script, by their hashes, and nothing else: neither names
from a run nor a damaged chunk can make it load or send anything.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Template

from rlxai import __version__
from rlxai.errors import RlxaiError
from rlxai.replay import player
from rlxai.resources import data_dir


def head(title: str, subtitle: str, footer: str, data: Mapping[str, object]) -> str:
    """The page up to its chunks; texts may hold anything, they are escaped.

    Args:
        title: of the page.
        subtitle: one line beside it.
        footer: under the player.
        data: input of the player.
    """
    policy = "; ".join(
        (
            "default-src 'none'", f"script-src '{_hash(_script())}'", f"style-src '{_hash(_style())}'",
            "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
        )
    )  # fmt: skip
    return Template(_read("page.html")).substitute(
        policy=policy,
        version=__version__,
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        style=_style(),
        player=player.html(),
        footer=html.escape(footer),
        input=_json(data),
    )


def chunk(address: str, packed: bytes) -> bytes:
    """One answer of the server, gzip, under its address."""
    encoded = base64.b64encode(packed)
    return b'<script type="application/gzip" data-path="%s">%s</script>\n' % (address.encode(), encoded)


def tail() -> bytes:
    """The script, and the end."""
    return f'<script type="module">{_script()}</script>\n</body>\n</html>\n'.encode()


@cache
def _script() -> str:
    text, mounts = re.subn(r"^export default ", "const mountPlayer = ", player.js(), flags=re.MULTILINE)
    if mounts != 1 or "</script" in text.lower():
        raise RlxaiError("the player's script cannot be put into a page")
    return f"\n{text}\n{_read('page.js')}"


@cache
def _style() -> str:
    """The dashboard's colours as the variables Streamlit would set, light and dark, then the player's own style."""
    theme = tomllib.loads((data_dir("dashboards") / "theme.toml").read_text(encoding="utf-8"))["theme"]

    def variables(colours: Mapping[str, object]) -> str:
        pairs = ((re.sub("([A-Z])", r"-\1", name).lower(), value) for name, value in colours.items())
        return " ".join(f"--st-{name}: {value};" for name, value in pairs if isinstance(value, str))

    light, dark = variables(theme["light"]), variables(theme["dark"])
    root = f":root {{ --st-font: system-ui, sans-serif; {light} }}"
    dark_root = f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    return "\n".join(("", root, dark_root, player.css(), _read("page.css")))


def _json(data: object) -> str:
    """JSON that HTML cannot mistake for markup."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
