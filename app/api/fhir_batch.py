"""A batch: several requests in one Bundle, each run as the request that it would be by itself."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit
from uuid import NAMESPACE_URL, uuid5

import orjson
from flask import Response, current_app, request
from werkzeug.http import http_date
from werkzeug.test import create_environ

from app.api.errors import FHIR_JSON, refusal, refusal_of
from app.api.fhir_rest_caller import BASE, answer, base_url
from app.api.fhir_write_parts import status_of
from app.api.proxy_headers import MEANT
from app.api.request_log import current_request_id
from fhir.problems import operation_outcome
from fhir.reading import moment, text
from fhir.strict_json import too_costly

Json = dict[str, Any]
MOST: Final = 100  # entries of a batch: each is a request of its own, and the caller waits for all
_LOCAL: Final = re.compile(
    r"[A-Z][A-Za-z]{1,60}(?:/[A-Za-z0-9\-.]{1,64}(?:/_history(?:/[A-Za-z0-9\-.]{1,64})?)?)?\Z"
)
_CONDITIONS: Final = {
    "ifMatch": "If-Match",
    "ifNoneMatch": "If-None-Match",
    "ifModifiedSince": "If-Modified-Since",
    "ifNoneExist": "If-None-Exist",
}
_PASSED_ON: Final = ("Authorization", *MEANT, "X-Correlation-Id", "Prefer")


def run_batch(body: Json) -> Response:
    """Run each entry as the request that it would be by itself: its own guard, its own transaction, its own status."""
    listed = body.get("entry")
    entries = listed if isinstance(listed, list) else []
    if len(entries) > MOST:
        raise too_costly("Bundle.entry", f"A batch has at most {MOST} entries. Send the rest in another.")
    told = [_batch_entry(at, entry) for at, entry in enumerate(entries)]
    return answer({"resourceType": "Bundle", "type": "batch-response"} | ({"entry": told} if told else {}))


def _batch_entry(at: int, entry: Any) -> Json:
    try:
        return _answered(_dispatched(at, entry), entry)
    except Exception as fault:  # one entry's fault is never another's
        refused = refusal_of(fault)
        outcome = operation_outcome(refused.problems, refused.rec_code)
        return {"response": {"status": status_of(refused.status), "outcome": outcome}}


def _dispatched(at: int, entry: Any) -> Response:
    method, url = text(entry, "request", "method"), text(entry, "request", "url") or ""
    place = f"Bundle.entry[{at}].request"
    parts = urlsplit(url.removeprefix(f"{base_url()}/").lstrip("/"))
    if method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        raise refusal(400, "Say what to do: a method such as GET, POST or PUT.", path=f"{place}.method")
    if parts.scheme or parts.netloc or not _LOCAL.match(parts.path):
        sentence = "The url must be of this server, such as ServiceRequest/id or Task?status=requested; no operations."
        raise refusal(400, sentence, path=f"{place}.url")
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    headers |= _conditions(entry, place)
    resource = entry.get("resource")
    own_id = str(
        uuid5(NAMESPACE_URL, f"{current_request_id()}/{at}")
    )  # the same when the batch is sent again
    environ = create_environ(
        path=f"{BASE}/{parts.path}",
        query_string=_without_format(parts.query),
        base_url=request.host_url,
        method=method,
        headers=headers | {"Accept": FHIR_JSON, "X-Request-Id": own_id},
        data=orjson.dumps(resource) if method in ("POST", "PUT", "PATCH") and resource is not None else None,
        content_type=FHIR_JSON,
    )
    with current_app.app_context(), current_app.request_context(environ):
        return current_app.full_dispatch_request()


def _conditions(entry: Any, place: str) -> dict[str, str]:
    """What an entry makes its request depend on, as headers; a time is an instant there and a date of HTTP here."""
    headers = {}
    for element, name in _CONDITIONS.items():
        value = text(entry, "request", element)
        if value is None:
            continue
        if element == "ifModifiedSince":
            since = moment(value)
            if since is None:
                sentence = "Give an instant, such as 2026-11-22T09:30:00Z."
                raise refusal(400, sentence, path=f"{place}.{element}")
            value = http_date(since)
        if not (value.isascii() and value.isprintable()):
            raise refusal(400, "This is no condition that a header could hold.", path=f"{place}.{element}")
        headers[name] = value
    return headers


def _without_format(query: str) -> str:
    """A query without _format: entries are told in the format of the whole batch."""
    return "&".join(part for part in query.split("&") if unquote_plus(part.partition("=")[0]) != "_format")


def _answered(done: Response, entry: Any) -> Json:
    resource = orjson.loads(done.get_data()) if done.get_data() else None
    told: Json = {"status": status_of(done.status_code)}
    for element, name in (("location", "Location"), ("etag", "ETag")):
        if name in done.headers:
            told[element] = done.headers[name].removeprefix(f"{base_url()}/")
    if done.last_modified is not None:
        told["lastModified"] = done.last_modified.isoformat()
    if text(entry, "request", "method") == "HEAD":
        return {"response": told}
    is_outcome = resource is not None and resource["resourceType"] == "OperationOutcome"
    if is_outcome:
        return {"response": told | {"outcome": resource}}
    return ({"resource": resource} if resource is not None else {}) | {"response": told}
