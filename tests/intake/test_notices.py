"""Whatever intake has to say of a lead can be said, in English and in Chinese."""

import ast
from pathlib import Path

import pytest

import app.engine
import app.intake
from app.engine.explain import notice_sentence
from app.engine.lead import Notice


def _is_notice(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "notice"


def codes() -> set[str]:
    """Every code that is written in a place where a notice takes one."""
    found: set[str] = set()
    for package in (app.intake, app.engine):
        for path in Path(next(iter(package.__path__))).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="Notice") | ast.Attribute(attr="notice")) if len(node.args) > 1:
                        code = node.args[1]
                    case ast.Call(func=ast.Attribute(attr="unreadable")) if len(node.args) > 2:
                        code = node.args[2]
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="found"), attr="add")) if path.name == "body.py":
                        code = node.args[0]
                    case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                        code = ast.Tuple([v for n, v in zip(names, values, strict=True) if _is_notice(n)], ast.Load())
                    case ast.Assign(targets=[target], value=value) if _is_notice(target):
                        code = value
                    case _:
                        continue
                constants = [one.value for one in ast.walk(code) if isinstance(one, ast.Constant)]
                found |= {value for value in constants if isinstance(value, str)}
    return found


@pytest.mark.parametrize("code", sorted(codes()))
def test_each_notice_has_its_sentence(code: str) -> None:
    for language in ("en", "zh"):
        said = notice_sentence(Notice("budget", code, "a lot"), language)
        assert "{" not in said
        assert said.endswith((".", "。"))


def test_the_codes_are_found() -> None:
    assert {"unreadable", "number_too_large", "upper_bound", "assumed_country", "nul_replaced"} <= codes()
