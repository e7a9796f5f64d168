"""What schemathesis is told about this API: how its streams are read, and what JSON Schema cannot say of its requests.

Loaded by schemathesis in its own process, by the name that ``schemathesis.toml`` gives.
"""

import json
import re
from typing import Any

import schemathesis

from tests.api.test_openapi import check as fits

DOCUMENTS = ("roster", "policy", "events")
"""The tags of operations that take whole documents: these refer to each other and to what is stored."""
NO_DATA = re.compile("it holds a character that cannot be stored|the number .* is too large")
"""What documents are refused for although it is JSON."""
BY_KIND = ("mapping", "options", "form", "settings", "secrets", "events", "kind", "secret", "token", "value", "from")
"""The members of sources and subscriptions that their kind has rules of its own for, and what is told with them."""
PROBLEM = {"type": "", "title": "", "status": 400, "detail": "", "errors": [], "request_id": None}
"""Stands for the answer to no lines, which is no line."""
BULK_LINE = {"$ref": "#/components/schemas/BulkLine"}


@schemathesis.serializer("application/x-ndjson")
def as_it_is(context: Any, value: Any) -> Any:
    """A stream of lines is text; what is not text is sent as the JSON line that it would be."""
    return {"data": (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")}


@schemathesis.deserializer("application/x-ndjson")
def first_line(context: Any, response: Any) -> Any:
    """The schema is that of each line. The others are checked by :func:`every_line_of_an_answer_fits`."""
    lines = response.content.splitlines()
    return json.loads(lines[0]) if lines else {"line": 1, "error": PROBLEM}


@schemathesis.check
def every_line_of_an_answer_fits(context: Any, response: Any, case: Any) -> None:
    """Schemathesis checks one value per answer; an import answers many."""
    if response.headers.get("content-type", [""])[0].startswith("application/x-ndjson"):
        for line in response.content.splitlines():
            fits(BULK_LINE, json.loads(line))


@schemathesis.check
def every_error_says_what_is_wrong(context: Any, response: Any, case: Any) -> None:
    """Whatever is refused is refused with a problem document, and every answer names its request."""
    assert response.headers.get("x-request-id"), "no X-Request-Id"
    if response.status_code >= 400 and case.path != "/readyz" and case.method.upper() != "HEAD":
        assert response.headers["content-type"] == ["application/problem+json"]
        problem = json.loads(response.content)
        assert problem["detail"]
        assert problem["status"] == response.status_code


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure counts: not where the schema is met, and is not all that is asked for."""
    if type(failure).__name__ == "IgnoredAuth":
        # Whoever tries many wrong keys is told to wait, and is let in no more than before.
        return "got `429" not in failure.message  # the response here is the one that a right key got
    if type(failure).__name__ == "AcceptedNegativeData":
        # If-Match is another revision's: that is told first, and nothing is done.
        return response.status_code != 412 and not _is_never_wrong(case)
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = json.loads(response.content)
    told = problem["errors"]
    places = {one["where"] for one in told}
    match response.status_code:
        case 412:  # If-Match is another revision's
            return False
        case 422 if _takes_a_document(case):
            return False
        # A CSV whose first line names no field; an Excel workbook.
        case 415 | 422 if case.path == "/v1/leads/bulk" and case.media_type == "text/csv":
            return False
        case 400 if _takes_a_document(case):
            return not all(NO_DATA.match(one["message"]) for one in told)
        case 422 if _depends_on_the_kind(case, places):
            return False
        # Opaque; printable by Unicode's tables; to come.
        case 422 if places <= {"query.cursor", "outcome", "name", "expires_at"}:
            return False
        case 422 if case.method == "POST" and places <= {"rep", "team"}:  # no such rep or team
            return False
    return True


def _takes_a_document(case: Any) -> bool:
    return any(tag in DOCUMENTS for tag in case.operation.tags or ())


def _depends_on_the_kind(case: Any, places: set[str]) -> bool:
    """Whether all that is wrong is what each kind of source or subscription has rules of its own for.

    Nor can a schema say how far the record has come (``from``), or that a token is never made here (``secret``).
    """
    if not {"doors", "events"} & set(case.operation.tags or ()):
        return False
    return all(re.split(r"[.\[]", place)[0] in BY_KIND for place in places)


def _is_never_wrong(case: Any) -> bool:
    """Whether all that is wrong with the request is its body, of a kind in which nothing is.

    A lead's member of a type that means nothing is kept aside and warned of, never refused. An import answers line by
    line, also that there is none.
    """
    wrong = {str(place.value) for place, one in case.meta.components.items() if one.mode.is_negative}
    if wrong != {"body"}:
        return False
    if case.path == "/v1/leads/bulk":
        return True
    return case.path in ("/v1/leads", "/v1/leads/{lead_id}", "/v1/decisions") and isinstance(case.body, dict)
