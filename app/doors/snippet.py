"""How does a form get into somebody's page? A piece of HTML to paste, and a small script that sends it in place."""

from __future__ import annotations

import json
from html import escape
from typing import Final

from app.doors.form import ELAPSED, SUBMISSION
from app.doors.source import Source
from app.engine.explain import Language

_LABELS: Final[dict[str, dict[Language, str]]] = {
    "name": {"en": "Name", "zh": "姓名"},
    "email": {"en": "Email", "zh": "邮箱"},
    "phone": {"en": "Phone", "zh": "电话"},
    "company": {"en": "Company", "zh": "公司"},
    "title": {"en": "Job title", "zh": "职位"},
    "country": {"en": "Country", "zh": "国家"},
    "city": {"en": "City", "zh": "城市"},
    "need": {"en": "How can we help?", "zh": "您的需求"},
    "budget": {"en": "Budget", "zh": "预算"},
}
_TYPES: Final = {"email": "email", "phone": "tel"}
_FILLED_BY: Final = {
    "name": "name", "email": "email", "phone": "tel", "company": "organization", "title": "organization-title",
    "country": "country-name", "city": "address-level2",
}  # fmt: skip
_SEND: Final[dict[Language, str]] = {"en": "Send", "zh": "提交"}
_LEAVE: Final[dict[Language, str]] = {"en": "Leave this empty", "zh": "请留空"}
_SAID: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "sending": "Sending…",
        "received": "Thank you. We have received your message and will be in touch soon.",
        "failed": "It could not be sent. Please try again in a moment.",
        "refused": "It could not be sent: please check what you have entered.",
    },
    "zh": {
        "sending": "正在提交……",
        "received": "谢谢，我们已收到您的信息，会尽快与您联系。",
        "failed": "提交失败，请稍后再试。",
        "refused": "提交失败，请检查填写的内容。",
    },
}


def snippet_of(source: Source, base: str, language: Language) -> str:
    """A form of the source's fields with its script. Without scripts it works too, and the browser shows a page."""
    form = source.form
    language = form.language or language
    address = escape(f"{base}/v1/forms/{source.id}")
    lines = [f'<form action="{address}" method="post" data-lead-router lang="{"zh-CN" if language == "zh" else "en"}">']
    for name in form.fields:
        label = escape(_LABELS[name][language])
        filled = f' autocomplete="{_FILLED_BY[name]}"' if name in _FILLED_BY else ""
        needed = " required" if name in ("name", "email") else ""
        if name == "need":
            lines.append(f'  <p><label>{label}<br><textarea name="{name}" rows="4"></textarea></label></p>')
        else:
            kind = _TYPES.get(name, "text")
            lines.append(f'  <p><label>{label}<br><input type="{kind}" name="{name}"{filled}{needed}></label></p>')
    if form.honeypot is not None:
        lines.append(
            '  <div style="position:absolute;left:-9999px" aria-hidden="true">'
            f'<label>{escape(_LEAVE[language])} <input type="text" name="{escape(form.honeypot)}" tabindex="-1" '
            'autocomplete="off"></label></div>'
        )
    lines += [
        f'  <p><button type="submit">{escape(_SEND[language])}</button></p>',
        '  <p role="status" data-lead-router-status></p>',
        "</form>",
        f'<script src="{address}/script.js" defer></script>',
    ]
    return "\n".join(lines) + "\n"


_SCRIPT: Final = """(function () {
  "use strict";
  var texts = %(texts)s, address = %(address)s, opened = Date.now();
  function id() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    return Date.now().toString(36) + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
  }
  function ready(form) {
    var button = form.querySelector("[type=submit]"), submission = id(), busy = false;
    var status = form.querySelector("[data-lead-router-status]");
    var said = texts[(form.lang || document.documentElement.lang || "").slice(0, 2) === "zh" ? "zh" : "en"];
    function say(text) { if (status) status.textContent = text; }
    form.addEventListener("input", function () { submission = id(); });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (busy) return;
      busy = true;
      if (button) button.disabled = true;
      say(said.sending);
      var body = new FormData(form);
      body.set("%(elapsed)s", String(Date.now() - opened));
      body.set("%(submission)s", submission);
      fetch(address, {method: "POST", body: body, headers: {Accept: "application/json"}, credentials: "omit"})
        .then(function (answer) {
          if (!answer.ok) throw answer.status;
          return answer.json();
        })
        .then(function (answer) {
          if (answer.redirect) { window.location.assign(answer.redirect); return; }
          form.reset();
          submission = id();
          say(said.received);
          form.dispatchEvent(new CustomEvent("lead-router:received", {bubbles: true}));
        })
        .catch(function (error) { say(error >= 400 && error < 500 && error !== 429 ? said.refused : said.failed); })
        .then(function () { busy = false; if (button) button.disabled = false; });
    });
  }
  function start() {
    document.querySelectorAll("form[data-lead-router]").forEach(function (form) {
      if (form.action === address) ready(form);
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
"""


def script_of(source: Source, base: str) -> str:
    """The script: it sends the forms of the page that post to this source, and says in place what became of it."""
    return _SCRIPT % {
        "texts": _literal(_SAID),
        "address": _literal(f"{base}/v1/forms/{source.id}"),
        "elapsed": ELAPSED,
        "submission": SUBMISSION,
    }


def _literal(value: object) -> str:
    """A value as a script has it, with nothing in it that could end the script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
