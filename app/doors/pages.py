"""What does a browser show after a form was sent, where the form names no page of its own?"""

from __future__ import annotations

from html import escape
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from app.engine.explain import Language

Page: TypeAlias = Literal["received", "refused", "failed"]

_TEXTS: Final[dict[Page, dict[Language, tuple[str, str]]]] = {
    "received": {
        "en": ("Thank you", "We have received your message and will be in touch soon."),
        "zh": ("谢谢", "我们已收到您的信息，会尽快与您联系。"),
    },
    "refused": {
        "en": ("Your message was not sent", "Please go back, check what you have entered, and send it again."),
        "zh": ("提交失败", "请返回上一页，检查填写的内容后重新提交。"),
    },
    "failed": {
        "en": ("Your message was not sent", "Please go back and try again in a moment, or contact us another way."),
        "zh": ("提交失败", "请返回上一页，稍后重试，或通过其他方式联系我们。"),
    },
}
_BACK: Final[dict[Language, str]] = {"en": "Back to {}", "zh": "返回 {}"}
_LANG: Final[dict[Language, str]] = {"en": "en", "zh": "zh-CN"}
_MARKS: Final[dict[Page, str]] = {
    "received": "M7.5 12.5l3 3 6-6.5",
    "refused": "M12 7.5v5.5M12 16.2v.1",
    "failed": "M12 7.5v5.5M12 16.2v.1",
}

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What a page goes out with: it loads nothing, runs nothing, and tells the next page nothing."""

_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ground: #f4f6fa; --card: #fff; --text: #16202e; --soft: #55617a; --edge: #e3e8f0;
  --received: #15803d; --refused: #b45309; --failed: #b45309 }}
@media (prefers-color-scheme: dark) {{ :root {{ --ground: #10151d; --card: #19212c; --text: #eef2f8; --soft: #a7b3c6;
  --edge: #2a3544; --received: #4ade80; --refused: #fbbf24; --failed: #fbbf24 }} }}
* {{ box-sizing: border-box; margin: 0 }}
body {{ font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; background: var(--ground); color: var(--text); display: grid; place-items: center; min-height: 100vh;
  min-height: 100svh; padding: 1.5rem; text-align: center }}
main {{ background: var(--card); border: 1px solid var(--edge); border-radius: 1.25rem; padding: 3rem 2.5rem;
  width: 100%; max-width: 28rem; box-shadow: 0 1.25rem 3rem -1.5rem rgb(15 23 42 / .25) }}
svg {{ width: 3.5rem; height: 3.5rem; margin-bottom: 1.25rem; color: var(--{name}) }}
h1 {{ font-size: 1.75rem; line-height: 1.25; letter-spacing: -.01em; margin-bottom: .625rem }}
:lang(zh) h1 {{ letter-spacing: .04em }}
p {{ color: var(--soft); text-wrap: balance }}
a {{ display: inline-block; margin-top: 1.75rem; color: inherit; text-underline-offset: .25em;
  overflow-wrap: anywhere }}
</style>
</head>
<body>
<main>
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
  stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10.5" opacity=".35"/><path d="{mark}"/></svg>
<h1>{title}</h1>
<p>{text}</p>{back}
</main>
</body>
</html>
"""


def page(name: Page, language: Language, came_from: str | None = None) -> str:
    """A small page that stands for itself: nothing is loaded from anywhere.

    ``came_from`` is the origin of the page with the form, as the browser names it: the way back leads there.
    """
    title, text = _TEXTS[name][language]
    return _PAGE.format(
        lang=_LANG[language],
        name=name,
        mark=_MARKS[name],
        title=escape(title),
        text=escape(text),
        back=_back(came_from, language),
    )


def _back(came_from: str | None, language: Language) -> str:
    try:
        parts = urlsplit(came_from or "")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    shown = escape(_BACK[language].format(parts.netloc))
    return f'\n<a href="{escape(f"{parts.scheme}://{parts.netloc}/")}">{shown}</a>'
