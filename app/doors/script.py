"""How is a form sent without leaving its page? By a small script, which says in place what became of it."""

from __future__ import annotations

import json
import re
from typing import Final

from app.doors.form import ELAPSED, SUBMISSION
from app.engine.explain import Language

_SAID: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "sending": "Sending…",
        "received": "Thank you. We have received your message and will be in touch soon.",
        "failed": "Your message was not sent. Please try again in a moment.",
        "refused": "Your message was not sent. Please check what you have entered.",
    },
    "zh": {
        "sending": "正在提交……",
        "received": "谢谢，我们已收到您的信息，会尽快与您联系。",
        "failed": "提交失败，请稍后再试。",
        "refused": "提交失败，请检查填写的内容。",
    },
}

# It knows its address by its own: whatever a proxy makes of that, it is the one that the page has.
# A form that another copy of it has taken is left alone: it would be sent twice.
# Nothing is stored, and of addresses only what says where somebody came from: their queries may hold more.
_SCRIPT: Final = """(function () {
  "use strict";
  var texts = %(texts)s, own = document.currentScript, visit = {};
  if (!own || !window.fetch) return;
  var address = own.src.replace(/\\/script\\.js([?#].*)?$/, ""), from = document.referrer.split(/[?#]/)[0];
  location.search.slice(1).split("&").forEach(function (pair) {
    var part = /^(utm_(?:source|medium|campaign|term|content))=(.+)/.exec(pair);
    try { if (part) visit[part[1]] = decodeURIComponent(part[2].replace(/\\+/g, " ")).slice(0, 200); } catch (_) {}
  });
  visit.page_url = location.origin + location.pathname;
  if (from && from.indexOf(location.origin + "/")) visit.referrer = from;
  function id() {
    return window.crypto && crypto.randomUUID ? crypto.randomUUID() : Date.now() + "-" + Math.random();
  }
  function ready(form) {
    var submission = id(), busy = false, status = form.querySelector("[data-lead-router-status]");
    var said = texts[/^zh/i.test(form.lang || document.documentElement.lang) ? "zh" : "en"];
    function say(what) {
      busy = what === "sending";
      form.setAttribute("aria-busy", busy);
      if (!status) return;
      status.textContent = said[what];
      status.setAttribute("data-lead-router-status", what);
    }
    form.addEventListener("input", function () { submission = id(); });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (busy) return;
      say("sending");
      var body = new FormData(form);
      for (var name in visit) if (!body.has(name)) body.append(name, visit[name]);
      body.set("%(elapsed)s", Math.round(performance.now()));
      body.set("%(submission)s", submission);
      fetch(address, {
        method: "POST", body: body, headers: {Accept: "application/json"}, credentials: "omit",
        signal: window.AbortSignal && AbortSignal.timeout ? AbortSignal.timeout(30000) : undefined
      }).then(function (answer) {
        if (!answer.ok) throw answer.status;
        return answer.json();
      }).then(function (answer) {
        if (answer.redirect) return location.assign(answer.redirect);
        form.reset();
        submission = id();
        say("received");
        form.dispatchEvent(new CustomEvent("lead-router:received", {bubbles: true}));
      }).catch(function (error) { say(error === 400 || error === 413 ? "refused" : "failed"); });
    });
  }
  function start() {
    document.querySelectorAll("form[data-lead-router]").forEach(function (form) {
      if (form.action !== address || form.leadRouter) return;
      form.leadRouter = true;
      ready(form);
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
"""


_INDENT: Final = re.compile(r"^ +", re.MULTILINE)


def script_text() -> str:
    """The script: it sends the forms of the page that post to its source, and says in place what became of it."""
    # Nothing in the texts can end the script where somebody writes it into a page.
    texts = json.dumps(_SAID, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return _INDENT.sub("", _SCRIPT % {"texts": texts, "elapsed": ELAPSED, "submission": SUBMISSION})
