"""How does Typeform send what was answered? One response a request, signed; answers apart from their questions.

Sources: "Webhooks: example payload" and "Secure your webhooks" at typeform.com/developers.
"""

from __future__ import annotations

from typing import Any, Final

from app.senders.base import Item, NotGenuine, NotUnderstood, Option, Passed, Read, Received, Sender, Settings
from app.senders.bodies import a_list, an_object, object_of
from app.senders.options import text_option
from app.senders.proof import check_signature, header_of, keyed
from app.senders.trees import Naming, key_of, known_by_type

_SIGNATURE: Final = "Typeform-Signature"
_PREFIX: Final = "sha256="
# The address in what "Send test request" sends.
_TEST_ADDRESS: Final = "an_account@example.com"
_DEEPEST_GROUP: Final = 4


def verify(received: Received, settings: Settings) -> None:
    """By the signature over the bytes as they came."""
    given = header_of(received, _SIGNATURE)
    if not given.startswith(_PREFIX):
        raise NotGenuine(f"{_SIGNATURE} does not begin with {_PREFIX}")
    check_signature(
        given[len(_PREFIX) :],
        _SIGNATURE,
        settings,
        lambda secret: keyed(secret, received.body, encoding="base64"),
        encoding="base64",
    )


def read(received: Received, settings: Settings) -> Read:
    """The answers by their questions' titles, and the hidden fields by their names."""
    body = object_of(received)
    if "event_type" in body and body["event_type"] != "form_response":
        return Read(passed=(Passed("not_of_interest", key_of(body.get("event_id"))),))
    response = an_object(body.get("form_response"), "form_response")
    key = key_of(response.get("token"))
    by_ref = text_option(settings, "names", "title") == "ref"
    titles: dict[str, str] = {}
    definition = response.get("definition")
    if isinstance(definition, dict):
        _collect(definition.get("fields"), "ref" if by_ref else "title", titles, 0)
    naming = Naming()
    for number, each in enumerate(a_list(response.get("answers") or [], "form_response.answers")):
        answer = an_object(each, f"form_response.answers[{number}]")
        kind, value = _answered(answer, f"form_response.answers[{number}]")
        if value == _TEST_ADDRESS:
            return Read(passed=(Passed("test", key),))
        question = answer.get("field")
        naming.add(_name(question, titles, by_ref), value, known_by_type(kind))
    _add_rest(naming, response)
    return Read((Item(key, naming.fields),))


def _collect(fields: Any, member: str, titles: dict[str, str], depth: int) -> None:
    """What the questions are called, by their ids; those of a group stand within it."""
    for question in fields if isinstance(fields, list) else []:
        if not isinstance(question, dict):
            continue
        own_id, title = question.get("id"), question.get(member)
        if isinstance(own_id, str) and isinstance(title, str):
            titles[own_id] = title
        properties = question.get("properties")
        if isinstance(properties, dict) and depth < _DEEPEST_GROUP:
            _collect(properties.get("fields"), member, titles, depth + 1)


def _name(question: Any, titles: dict[str, str], by_ref: bool) -> str:
    if not isinstance(question, dict):
        return ""
    own_id, ref = question.get("id"), question.get("ref")
    if by_ref and isinstance(ref, str):
        return ref
    title = titles.get(own_id, "") if isinstance(own_id, str) else ""
    # Emphasis is written as *text* in a title.
    return title.replace("*", "") or str(ref or own_id or "")


def _answered(answer: dict[str, Any], where: str) -> tuple[str, Any]:
    kind = answer.get("type")
    if not isinstance(kind, str):
        raise NotUnderstood(f"{where}.type", "the type of the answer is missing")
    value = answer.get(kind)
    if isinstance(value, dict) and kind in ("choice", "choices"):
        other = value.get("other")
        if kind == "choice":
            return kind, value.get("label", other)
        labels = value.get("labels")
        return kind, [*(labels if isinstance(labels, list) else []), *([other] if other else [])]
    return kind, value


def _add_rest(naming: Naming, response: dict[str, Any]) -> None:
    if isinstance(hidden := response.get("hidden"), dict):
        naming.add_all(hidden)
    calculated = response.get("calculated")
    score = calculated.get("score") if isinstance(calculated, dict) else None
    outcome = response.get("outcome")
    rest = {
        "form_id": response.get("form_id"),
        "token": response.get("token"),
        "submitted_at": response.get("submitted_at"),
        "typeform_score": score,
        "outcome": outcome.get("title") if isinstance(outcome, dict) else None,
    }
    naming.add_all({name: value for name, value in rest.items() if value is not None})


TYPEFORM: Final = Sender(
    kind="typeform",
    title=("Typeform", "Typeform"),
    verify=verify,
    read=read,
    mapping={"fields": {"external_id": "token", "occurred_at": "submitted_at"}},
    options=(
        Option(
            "names",
            "string",
            (
                "whether answers are called by the titles of their questions, or by their refs, which do not change",
                "答案用问题的标题（title）还是 ref 称呼；标题改了 ref 也不变",
            ),
            choices=("title", "ref"),
        ),
    ),
)
