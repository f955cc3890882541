"""HTTP routes that serve episodes and maps to the player, beside Streamlit and in the same process.

Only the given runs can be reached, by name. A missing thing is a 404 and a damaged one a 500, each with one sentence
that the player shows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rlxai.errors import InvalidValue, RunError
from rlxai.replay.answers import answer, lasting
from rlxai.store import Run

PREFIX = "/rlxai"
_HEADERS = {"Content-Encoding": "gzip", "X-Content-Type-Options": "nosniff"}
_FOR_GOOD = "private, max-age=31536000, immutable"

_log = logging.getLogger(__name__)


def routes(runs: Mapping[str, Run]) -> list[Route]:
    """Routes for the given runs: GET /rlxai/{run}/... is answered by `answers.answer`."""

    # Not async: Starlette runs it in a worker thread, so reading never stalls the dashboard's event loop.
    def endpoint(request: Request) -> Response:
        name, path = request.path_params["run"], request.path_params["path"]
        try:
            run = runs.get(name)
            if run is None:
                raise InvalidValue("no such run is open in this dashboard")
            headers = {**_HEADERS, "Cache-Control": _FOR_GOOD if lasting(path) else "no-cache"}
            return Response(answer(run, path), media_type="application/octet-stream", headers=headers)
        except InvalidValue as error:
            return _sentence(str(error), 404)
        except RunError as error:
            return _sentence(str(error), 500)
        except Exception as error:
            # Whatever a damaged file makes a decoder raise: the player must get a sentence, and live on.
            _log.exception("cannot serve %s", request.url.path)
            return _sentence(f"{path} of run {name} cannot be read ({type(error).__name__})", 500)

    return [Route(f"{PREFIX}/{{run}}/{{path:path}}", endpoint, methods=["GET"])]


def _sentence(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
