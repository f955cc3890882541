"""What strangers can reach: another site in the same browser, a crafted path, a run full of markup."""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from rlxai.replay.html import export_html
from rlxai.store import Commit, Run
from tests.browser.conftest import serving
from tests.browser.watched import Watched
from tests.dashboards.conftest import HOSTILE, copied

MARKUP = '</script><img src=x onerror="alert(1)"><b>bold</b> ![y](http://evil.example/y.png)'
SECRET = b"what only the owner of this machine may read"
FORBIDDEN = (SECRET, b"root:", b'"rlxai-run"')
PLACES = (
    "",
    "rlxai/",
    "rlxai/small/",
    "rlxai/small/episode/",
    "static/",
    "media/",
    "component/",
    "_stcore/",
    "app/static/",
)
UP = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%5c",
    "..\\",
    "%252e%252e%252f",
    "%c0%ae%c0%ae/",
    "....//",
    "..;/",
    "..%00/",
)
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def served(measured_run: Run) -> Iterator[str]:
    with serving(measured_run.path) as url:
        yield url


@pytest.fixture(scope="module")
def ask(served: str) -> Ask:
    """Sends a request whose path and headers no library tidies up: status, headers, body."""
    address = urlsplit(served)
    assert address.hostname is not None

    def send(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        connection.putrequest(method, "/", skip_host=True, skip_accept_encoding=True)
        connection._buffer[0] = f"{method} {path} HTTP/1.1".encode("latin-1")  # type: ignore[attr-defined]
        for name, value in ({"Host": address.netloc} | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        body = b"" if answer.status == 101 else answer.read()
        connection.close()
        return *found, body

    return send


def test_its_own_page_and_data_are_served(ask: Ask, served: str):
    assert b"<html" in ask("/")[2]
    assert ask("/rlxai/small/state")[0] == 200
    assert ask("/rlxai/small/state", Host=f"localhost:{urlsplit(served).port}")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8501", "169.254.169.254", "[::]"])
def test_a_foreign_host_is_refused_wherever_it_asks(ask: Ask, measured_run: Run, host: str):
    task = measured_run.records("episode")[0].stem
    data = ["state", f"episode/{task}/frames/0", f"episode/{task}/masks/0", "attribution/x/maps/0"]
    others = ["/", "/training", "/export", "/static/x.js", "/media/x", "/component/x", "/_stcore/host-config"]
    for path in [*(f"/rlxai/small/{what}" for what in data), *others]:
        assert ask(path, Host=host)[0] == 400, path
    assert ask("/_stcore/stream", **UPGRADE | {"Host": host})[0] == 400


def test_a_page_of_another_site_cannot_open_the_socket(ask: Ask, served: str):
    assert ask("/_stcore/stream", **UPGRADE, Origin="http://evil.example")[0] == 403
    assert ask("/_stcore/stream", **UPGRADE, Origin="null")[0] == 403
    assert ask("/_stcore/stream", **UPGRADE, Origin=served)[0] == 101


def test_a_page_of_another_site_cannot_read_or_frame(ask: Ask, measured_run: Run):
    task = measured_run.records("episode")[0].stem
    for path in ("/", "/rlxai/small/state", f"/rlxai/small/episode/{task}/frames/0", "/rlxai/none/state"):
        _, headers, _ = ask(path, Origin="http://evil.example")
        assert "access-control-allow-origin" not in headers
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_data_is_only_read(ask: Ask, method: str):
    assert ask("/rlxai/small/state", method)[0] == 405


@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_out_of_what_is_served(ask: Ask, measured_run: Run, place: str):
    outside = measured_run.path.parent / "secret.txt"
    outside.write_bytes(SECRET)
    try:
        for up, depth in itertools.product(UP, (1, 3, 12)):
            for target in ("etc/passwd", "small/run.json", str(outside)[1:], "secret.txt"):
                status, headers, body = ask(f"/{place}{up * depth}{target}")
                assert not any(secret in body for secret in FORBIDDEN), (place, up, depth, target)
                # Unknown paths get the dashboard's own page, which shows what the address bar says.
                assert status >= 400 or headers["content-type"].startswith("text/html"), (place, up, depth, target)
        for absolute in ("/etc/passwd", f"{outside}", f"file://{outside}", quote(str(outside), safe="")):
            assert not any(secret in ask(f"/{place}{absolute}")[2] for secret in FORBIDDEN)
    finally:
        outside.unlink()


def republished(run: Run, commit: Commit, *, summary: dict[str, Any] | None = None, **spec: Any) -> Commit:
    """The same result once more, under other words."""
    wanted = {**commit.spec, **spec}
    with run.attempt(commit.kind, wanted) as attempt:
        shutil.copytree(commit.folder, attempt.folder, dirs_exist_ok=True)
        attempt.summary = {**commit.summary, **(summary or {})}
        header = attempt.folder / "recipe.json"
        if header.exists():
            body = json.loads(header.read_text())
            body["actions"] = [MARKUP + name for name in body["actions"]]
            header.write_text(json.dumps(body))
    made = run.find(commit.kind, wanted)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def hostile(measured_run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Commit, Commit]:
    """A run with markup wherever a name can be, its game and the maps of that."""
    run = copied(measured_run, tmp_path_factory.mktemp("hostile") / MARKUP.replace("/", "⁄"))
    game = republished(run, run.commits("episode")[0], seed=99)
    maps = [
        republished(run, commit, episode=game.task, method=MARKUP, target=MARKUP)
        for commit in run.commits("attribution")[:1]
    ]
    for commit in run.commits("spray"):
        clusters = [{**cluster, "name": MARKUP} for cluster in commit.summary["clusters"]]
        republished(run, commit, summary={"clusters": clusters}, method=MARKUP, target=MARKUP)
    return run, game, maps[0]


INJECTED = """
() => {
    const found = [];
    const look = (root) => {
        for (const node of root.querySelectorAll("*")) {
            if (node.matches("img[src='x'], img[src*='evil'], [onerror]")) found.push(node.outerHTML);
            if (node.localName === "b" && node.textContent === "bold") found.push(node.outerHTML);
            if (node.shadowRoot) look(node.shadowRoot);
        }
    };
    look(document);
    return found;
}
"""
WRITTEN = """
() => {
    const texts = [];
    const look = (root) => {
        texts.push(root.textContent);
        for (const node of root.querySelectorAll("*")) if (node.shadowRoot) look(node.shadowRoot);
    };
    look(document.body);
    return texts.join(" ").replaceAll("\u2060", "");  // addresses are broken by it, unseen
}
"""


@pytest.fixture(scope="module")
def watched(browser: Any, hostile: tuple[Run, Commit, Commit]) -> Iterator[Watched]:
    run, game, _ = hostile
    markup = quote(MARKUP, safe="")
    words = f"episode={game.task}&t=3&marks=3:{quote(markup, safe='')}&query={markup}&cmap={markup}&align={markup}"
    with serving(run.path) as url:
        watched = Watched(browser, url, f"?{words}")
        watched.dialogs = []
        watched.page.on("dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss()))
        yield watched.ready()
        watched.close()


def harmless(watched: Watched) -> None:
    assert watched.page.evaluate(INJECTED) == []
    assert watched.dialogs == []
    assert watched.foreign == []


@pytest.mark.browser
def test_replay_shows_names_as_text(watched: Watched):
    written = watched.page.evaluate(WRITTEN)
    assert written.count(MARKUP) >= 4, "method, target, actions"
    assert watched.page.locator(".mark-note").input_value() == MARKUP
    assert watched.page.locator(".q-input").input_value() == MARKUP
    watched.page.keyboard.press("?")
    watched.page.keyboard.press("Escape")
    watched.page.get_by_role("button", name="Table").click()
    harmless(watched)
    assert watched.errors == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("Training", ""),
        ("Strategy", HOSTILE),
        ("Clusters", MARKUP),
        ("Methods", ""),
        ("Compare", ""),
        ("Export", MARKUP),
    ],
)
def test_other_pages_show_names_as_text(watched: Watched, page: str, shown: str):
    watched.page.get_by_role("link", name=page, exact=True).click()
    watched.page.locator("h1", has_text=page).wait_for()
    watched.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    watched.page.wait_for_function(f"shown => ({WRITTEN})().includes(shown)", arg=shown)
    harmless(watched)
    assert watched.page.get_by_test_id("stException").count() == 0


@pytest.mark.browser
def test_an_address_in_a_name_is_no_link(watched: Watched):
    watched.page.get_by_role("link", name="Clusters", exact=True).click()
    watched.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    watched.page.wait_for_function(f"shown => ({WRITTEN})().includes(shown)", arg=MARKUP)
    assert watched.page.locator("a[href^='http://evil']").count() == 0


@pytest.mark.browser
def test_an_exported_page_shows_names_as_text(browser: Any, hostile: tuple[Run, Commit, Commit], tmp_path: Path):
    run, game, maps = hostile
    export_html(run, game, [maps], tmp_path / "a.html", view={"query": MARKUP, "cmap": MARKUP, "marks": f"3:{MARKUP}"})
    page = browser.new_page()
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"file://{tmp_path}/a.html")
    page.wait_for_selector(".panel canvas")
    page.wait_for_function("() => document.querySelector('[data-ref=status]').textContent === ''")
    assert page.evaluate(WRITTEN).count(MARKUP) >= 4
    assert page.evaluate(INJECTED) == []
    assert seen == [f"file://{tmp_path}/a.html"]
    page.close()


@pytest.mark.parametrize("page", ["replay", "training", "export"])
def test_a_sentence_about_damage_is_text(open_page: Any, measured_run: Run, tmp_path: Path, page: str):
    run = copied(measured_run, tmp_path / "![y](z) <b>")
    run.records("attribution")[0].write_text("{")
    app = open_page(run, page=page)
    said = [element.value for kind in (app.warning, app.error, app.info) for element in kind]
    assert not any("![y](" in text for text in said)
