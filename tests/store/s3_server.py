"""A real S3-compatible server on loopback (moto), with a log of its requests, for tests of runs in an object store."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

BUCKET = "runs"


@dataclass
class Server:
    """What a test needs of the server."""

    url: str
    requests: list[str] = field(default_factory=list)
    """Method and path of each request, in order."""
    refused: set[str] = field(default_factory=set)
    """Methods answered with 403, as to someone without the right to use them."""

    @property
    def environment(self) -> dict[str, str]:
        """What users export to reach it."""
        return {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1", "RLXAI_STORE_PATIENCE": "1",
        }  # fmt: skip

    def make_bucket(self, name: str) -> None:
        """Create a bucket."""
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT")):
            pass

    def fill(self, prefix: str, count: int) -> None:
        """Put many small objects below a prefix of the bucket, without asking the server for each."""
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        for number in range(count):
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(BUCKET, f"{prefix}/{number}", b"1")


@contextmanager
def s3_server(port: int = 0) -> Iterator[Server]:
    """Serve one bucket from memory until the block ends."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto, one_at_a_time = DomainDispatcherApplication(create_backend_app), threading.Lock()
    server = Server("")

    def application(environ: dict[str, Any], start: Any) -> Any:
        method = environ["REQUEST_METHOD"]
        server.requests.append(f"{method} {environ['PATH_INFO']}")
        if method in server.refused:
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code></Error>"]
        with one_at_a_time:  # moto looks and then writes: only one by one are its conditional writes atomic
            return list(moto(environ, start))

    running = make_server("127.0.0.1", port, application, threaded=True)
    server.url = f"http://127.0.0.1:{running.port}"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        server.make_bucket(BUCKET)
        yield server
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


if __name__ == "__main__":
    with s3_server(9000) as served:
        print("\n".join(f"export {name}={value}" for name, value in served.environment.items()), flush=True)
        print(f"# s3://{BUCKET}/...  Ctrl-C stops it", flush=True)
        threading.Event().wait()
