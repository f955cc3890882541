"""Objects under one prefix of an object store, and what went wrong with them in one sentence.

The optional package obstore speaks to S3 and whatever is compatible with it, Google Cloud Storage and Azure; its
settings come from the environment under the names these providers use (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from rlxai.errors import InvalidValue, RunError
from rlxai.store.place import Entry

_PATIENCE_SECONDS = 30.0
_PATIENCE = "RLXAI_STORE_PATIENCE"
"""Environment: seconds for which a store that does not answer is asked again."""
_MEMORY: dict[str, Any] = {}
"""Stores by their addresses memory://..., for tests: they live as long as the process."""


class Unsure(RunError):
    """A store did not say whether it has kept an object: it may be there, or come to be."""


class Objects:
    """The objects below an address such as s3://bucket/prefix.

    Raises:
        InvalidValue: the address or the settings are not usable, or obstore is not installed.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._store = _open(address)

    def get(self, name: str) -> tuple[bytes, Entry]:
        """An object of a few kilobytes, whole.

        Raises:
            FileNotFoundError: there is none of this name.
            RunError: the store does not give it.
        """
        with self._sentences(name):
            found = self._obstore().get(self._store, name)
            return bytes(found.bytes()), _entry(found.meta)

    def pieces(self, name: str) -> Iterator[bytes]:
        """An object of any size, in pieces.

        Raises:
            FileNotFoundError: there is none of this name.
            RunError: the store does not give it.
        """
        with self._sentences(name):
            for piece in self._obstore().get(self._store, name).stream(min_chunk_size=1024**2):
                yield bytes(piece)

    def head(self, name: str) -> Entry:
        """What a listing would show of one object.

        Raises:
            FileNotFoundError: there is none of this name.
            RunError: the store does not answer.
        """
        with self._sentences(name):
            return _entry(self._obstore().head(self._store, name))

    def put(self, name: str, data: Any) -> None:
        """Keep bytes, or a file, under a name; equal bytes may be there already.

        Raises:
            RunError: the store does not take it.
        """
        with self._sentences(name, writing=True):
            self._obstore().put(self._store, name, data)

    def put_once(self, name: str, data: bytes) -> bool:
        """Keep bytes unless there is an object of this name.

        Returns:
            Whether this call created it. A request whose answer was lost is sent again and then finds its own object:
            compare what is there before taking False for the work of another.

        Raises:
            Unsure: the store did not say.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with self._sentences(name, writing=True):
                try:
                    self._obstore().put(self._store, name, data, mode="create")
                except (AlreadyExistsError, PreconditionError):
                    return False
        except RunError as error:
            raise Unsure(str(error)) from None
        return True

    def entries(self, below: str = "") -> Iterator[Entry]:
        """All objects below a name, page by page.

        Raises:
            RunError: the store does not answer.
        """
        try:
            with self._sentences(below):
                for page in self._obstore().list(self._store, below or None, chunk_size=1000):
                    yield from map(_entry, page)
        except FileNotFoundError:
            return

    def top(self) -> tuple[list[Entry], list[str]]:
        """The objects whose names have one part, and the first parts of all others."""
        with self._sentences(""):
            found = self._obstore().list_with_delimiter(self._store)
            return list(map(_entry, found["objects"])), list(found["common_prefixes"])

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; those that are not there are passed over.

        Raises:
            RunError: the store does not delete them.
        """
        names = list(names)
        with self._sentences("", writing=True):
            try:
                self._obstore().delete(self._store, names)
            except FileNotFoundError:  # stores that delete one by one stop there
                for name in names:
                    with suppress(FileNotFoundError):
                        self._obstore().delete(self._store, name)

    @staticmethod
    def _obstore() -> Any:
        import obstore

        return obstore

    @contextmanager
    def _sentences(self, name: str, writing: bool = False) -> Iterator[None]:
        where = f"{self.address}/{name}" if name else self.address
        try:
            yield
        except FileNotFoundError as error:
            if writing or "NoSuchBucket" in str(error):
                raise RunError(f"{where}: there is no such bucket") from None
            raise FileNotFoundError(f"{where}: is missing") from None
        except RunError:
            raise
        except Exception as error:
            from obstore.exceptions import BaseError

            if not isinstance(error, BaseError | OSError):
                raise
            raise RunError(f"{where}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """The cause without the library's own words, which run over several lines."""
    text = str(error)
    if "NoSuchBucket" in text:
        return "there is no such bucket"
    status = re.search(r"status code: (\d{3}) ([A-Za-z ]*)", text)
    if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError") or (
        status and status[1] in ("401", "403")
    ):
        return "the object store refuses access; are the credentials in the environment those of this bucket?"
    if status:
        return f"the object store answers {status[1]} {status[2].strip()}"
    if "error sending request" in text or "HTTP error" in text or "timed out" in text:
        return "the object store does not answer; is the address, or AWS_ENDPOINT_URL, right and the network up?"
    return f"the object store failed ({text.splitlines()[0][:160] if text else type(error).__name__})"


def _entry(meta: Any) -> Entry:
    return Entry(str(meta["path"]), int(meta["size"]), meta["last_modified"].timestamp())


def _open(address: str) -> Any:
    try:
        from obstore import store
    except ImportError:
        raise InvalidValue(f"{address}: object stores need the extra `cloud`: pip install 'rlxai[cloud]'") from None
    scheme = address.partition("://")[0]
    if scheme == "memory":
        return _MEMORY.setdefault(address, store.MemoryStore())
    patience = patience_seconds()
    options: dict[str, Any] = {
        "retry_config": {
            "max_retries": 10, "retry_timeout": timedelta(seconds=patience),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
        },
    }  # fmt: skip
    if scheme != "file":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
        plain = scheme == "s3" and endpoint.startswith("http://")
        options["client_options"] = {"allow_http": plain, "connect_timeout": timedelta(seconds=5), "timeout": "120s"}
    if scheme == "s3":
        options["config"] = {"checksum_algorithm": "sha256"}  # the server compares what arrives
    try:
        return store.from_url(address, **(options if scheme != "file" else {"mkdir": True}))
    except Exception as error:
        raise InvalidValue(f"{address}: is no usable address ({str(error).splitlines()[0][:160]})") from None


def patience_seconds() -> float:
    """For how long a store that does not answer is asked again.

    Raises:
        InvalidValue: the environment says something else than a number of seconds.
    """
    text = os.environ.get(_PATIENCE, str(_PATIENCE_SECONDS))
    try:
        seconds = float(text)
        if not 0 <= seconds <= 3600:
            raise ValueError
    except ValueError:
        raise InvalidValue(f"{_PATIENCE} is a number of seconds from 0 to 3600, met {text[:20]!r}") from None
    return seconds
