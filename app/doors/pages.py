"""What does a browser show after a form was sent, where the form names no page of its own?"""

from __future__ import annotations

from html import escape
from typing import Final, Literal, TypeAlias

from app.engine.explain import Language

Page: TypeAlias = Literal["received"]

_TEXTS: Final[dict[Page, dict[Language, tuple[str, str]]]] = {
    "received": {
        "en": ("Thank you", "We have received your message and will be in touch soon."),
        "zh": ("谢谢", "我们已收到您的信息，会尽快与您联系。"),
    },
}

_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.125rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; display: grid; place-items: center;
  min-height: 100vh; margin: 0; padding: 1.5rem; box-sizing: border-box; text-align: center }}
main {{ max-width: 32rem }}
h1 {{ font-size: 2rem; margin: 0 0 .5rem }}
p {{ margin: 0; opacity: .8 }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""


def page(name: Page, language: Language) -> str:
    """A small page that stands for itself: nothing is loaded from anywhere."""
    title, text = _TEXTS[name][language]
    return _PAGE.format(lang={"en": "en", "zh": "zh-CN"}[language], title=escape(title), text=escape(text))
