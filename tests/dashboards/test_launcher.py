"""The server: who may ask, where it listens, what it says when it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from rlxai import launcher
from rlxai.errors import InvalidValue, RlxaiError
from rlxai.replay.registry import named
from tests.asgi import request


@pytest.fixture(scope="module")
def app(measured_run):
    return launcher.build(named([measured_run]), ["127.0.0.1", "localhost"])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8501", "", "localhost@evil"])
@pytest.mark.parametrize("path", ["/", "/rlxai/small/episode/x/timeline", "/_stcore/health"])
def test_a_foreign_host_header_is_refused(app, host, path):
    assert request(app, path, host=host).status == 400


def test_a_foreign_host_header_is_refused_on_the_socket(app):
    assert request(app, "/_stcore/stream", host="evil.example", kind="websocket").status == 400


def test_headers_keep_the_page_to_itself(app, measured_run):
    task = measured_run.records("episode")[0].stem
    headers = request(app, f"/rlxai/small/episode/{task}/timeline").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_wildcard_address_needs_a_name(measured_run):
    with pytest.raises(InvalidValue, match="every network interface"):
        launcher.launch([measured_run.path], host="0.0.0.0")


def test_a_taken_port_is_said(measured_run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InvalidValue, match="is taken"):
            launcher.launch([measured_run.path], port=taken.getsockname()[1])


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_have_a_range(measured_run, port):
    with pytest.raises(InvalidValue, match="1 to 65535"):
        launcher.launch([measured_run.path], port=port)


def test_no_run_is_said(tmp_path):
    with pytest.raises(RlxaiError):
        launcher.launch([])
    with pytest.raises(RlxaiError, match="not a run"):
        launcher.launch([tmp_path])


def test_importing_the_launcher_does_not_import_streamlit():
    code = "import sys, rlxai, rlxai.launcher; sys.exit('streamlit' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_run_of_a_page_is_not_followed_by_a_collection_that_stops_all_threads():
    from streamlit import config

    name = "runner.postScriptGC"
    assert launcher.server_config("127.0.0.1", 8501, ["127.0.0.1"])[name] is False
    assert name in config.get_config_options()  # under a name that this Streamlit knows


def test_it_starts_on_loopback_answers_and_ends_with_status_0_on_ctrl_c(measured_run, tmp_path):
    code = "import sys, pathlib; from rlxai.launcher import launch; launch([pathlib.Path(sys.argv[1])])"
    environment = os.environ | {"HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(measured_run.path)],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        line = server.stdout.readline()  # printed once the server listens
        assert line.startswith("rlxai dashboard: http://127.0.0.1:")
        address = line.split()[2]
        with urllib.request.urlopen(address, timeout=30) as page:
            assert page.status == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, headers={"Host": "evil.example"}), timeout=30)
        refused.value.close()
        assert refused.value.code == 400
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
        assert server.returncode == 0
        assert "Traceback" not in errors
    finally:
        server.kill()
        server.communicate()
    assert list(tmp_path.iterdir()) == [], "nothing is written into the user's folders"
