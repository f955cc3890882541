"""The player's parts fit together: one module, valid JavaScript, data only as text."""

import re
import shutil
import subprocess
from importlib import resources

import pytest

from rlxai.replay import player

FILES = {path.name: path.read_text("utf-8") for path in resources.files(player).iterdir() if path.name.endswith(".js")}


def test_every_module_is_part_of_the_script_after_what_it_imports():
    modules = player.modules()
    assert sorted(FILES) == sorted(f"{name}.js" for name in modules)
    for position, name in enumerate(modules):
        for imported in re.findall(r'from "\./(\w+)\.js"', FILES[f"{name}.js"]):
            assert modules.index(imported) < position, f"{name} imports {imported}"


def test_the_script_has_one_export_and_no_import():
    assert re.findall(r"^export .*", player.js(), re.MULTILINE) == [
        "export default function ({ parentElement, data, setStateValue, source }) {"
    ]
    assert not re.search(r"^import ", player.js(), re.MULTILINE)


def test_imported_names_exist():
    for text in FILES.values():
        for names, module in re.findall(r'import \{([^}]*)\} from "\./(\w+)\.js"', text):
            for name in filter(None, map(str.strip, names.split(","))):
                assert re.search(
                    rf"^export (class|(async )?function|const) {name}\b", FILES[f"{module}.js"], re.MULTILINE
                ), name


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_script_is_valid_javascript():
    subprocess.run(
        ["node", "--check", "--input-type=module", "-"], input=player.js(), text=True, check=True, timeout=60
    )


@pytest.mark.parametrize("forbidden", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "http:", "https:"])
def test_data_cannot_become_markup_and_nothing_is_fetched_from_elsewhere(forbidden):
    found = player.js().replace("http://www.w3.org/2000/svg", "")
    assert forbidden not in found + player.html() + player.css()


def test_every_referenced_part_is_in_the_markup():
    used = set(re.findall(r"refs\.(\w+)", player.js()))
    assert used
    assert used <= set(re.findall(r'data-ref="(\w+)"', player.html()))
