"""What does the code say to people? Every sentence that it hands to those who tell what is wrong, with its place.

A sentence is made of constants, and of what is filled in. So that each is found as it is said, what stands in the code
for a part of one is followed: names to what they are set to, parameters to what is handed over, calls to what they
return, choices to each of what can be chosen.
"""

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import app
from app import errors

ROOT = Path(app.__file__).parent
GAP = "{}"
_MOST = 300
_DEEPEST = 5


def _below(cls: type[errors.RequestError]) -> Iterator[str]:
    yield cls.__name__
    for one in cls.__subclasses__():
        yield from _below(one)


MAKERS: dict[str, int] = {
    **dict.fromkeys(_below(errors.RequestError), 0),
    "Problem": 1, "Finding": 2, "Refused": 0, "Fault": -1, "Kind": 1, "document": 1, "written_as": 1, "ValueError": 0,
    "UnreadableBody": 1, "UnreadableDocument": 1, "UnreadablePath": 1, "NotGenuine": 0, "NotUnderstood": 1,
    "NotFetched": 0, "Rejected": 1, "Settled": 2, "Unreachable": 0, "Refusal": 0, "TryAgain": 0, "unexpected": 0,
    "fail": 1, "note": 2, "error": 1, "warn": 1, "report": 1, "wrong": -1, "_wrong": -1, "_broken": 1, "_refuse": 1,
    "_no_header": 1, "_recover": 0,
}  # fmt: skip
"""Who is handed a sentence for people, and as which of what they are handed."""
TELLERS = {"message_of", "fault_of_place", "unknown_calendar", "why_not", "_otherwise", "_about_secret", "_wrong"}
"""Functions that return one, or make one for whoever called them."""
ALL_OF = ("intake/yaml_errors.py",)
"""Modules in which every function returns a part of one."""
TABLES = {"_IN_WORDS", "_UNKNOWN", "_MEND", "_NOT_YET", "_A"}
"""What they choose from."""
ELSEWHERE = (
    "commands",
    "chinese",
    "settings.py",
    "observability.py",
    "supervisor.py",
    "workers.py",
    "seed.py",
    "cli.py",
)
"""What is said at a terminal when something starts, and by commands in their own words."""
_ENDINGS = {"suggest", "nearest", "near_miss", "_nearest"}
"""Calls that give an ending, which can stand behind any sentence, or nothing."""


@dataclass(frozen=True)
class Sentence:
    """A sentence as the code writes it, with ``{}`` for what is filled in, and where it is written."""

    text: str
    place: str


@dataclass
class Module:
    """A module, and which function each part of it stands in."""

    path: Path
    tree: ast.Module
    around: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        while node in self.around:
            node = self.around[node]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node
        return None


class Code:
    """All of the code that says something to people."""

    def __init__(self, files: list[Path]) -> None:
        self.modules = [self._read(path) for path in files]
        self.calls: dict[str, list[tuple[Module, ast.Call]]] = defaultdict(list)
        self.functions: dict[str, list[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]] = defaultdict(list)
        self.constants: dict[str, list[tuple[Module, ast.expr]]] = defaultdict(list)
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call):
                    self.calls[_name(node.func)].append((module, node))
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    self.functions[node.name].append((module, node))
            for node in module.tree.body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    for target in targets:
                        if isinstance(target, ast.Name):
                            self.constants[target.id].append((module, node.value))

    @staticmethod
    def _read(path: Path) -> Module:
        module = Module(path, ast.parse(path.read_text(encoding="utf-8")))
        for node in ast.walk(module.tree):
            for child in ast.iter_child_nodes(node):
                module.around[child] = node
        return module

    def sentences(self) -> Iterator[Sentence]:
        for module in self.modules:
            everything = module.path.as_posix().endswith(ALL_OF)
            for node in ast.walk(module.tree):
                for expression in _said(node, everything=everything):
                    place = f"{module.path.relative_to(ROOT.parent)}:{expression.lineno}"
                    for text in self.texts(module, expression):
                        yield Sentence(text, place)
                function = module.function_of(node)
                told = function is not None and (everything or function.name in TELLERS)
                if told and isinstance(node, ast.Return) and node.value is not None:
                    for text in self.texts(module, node.value):
                        yield Sentence(text, f"{module.path.relative_to(ROOT.parent)}:{node.lineno}")
        for name in TABLES:
            for module, value in self.constants[name]:
                for text in self._values(module, value, _DEEPEST):
                    yield Sentence(text, f"{module.path.relative_to(ROOT.parent)}:{value.lineno}")

    def texts(self, module: Module, node: ast.expr, depth: int = _DEEPEST) -> list[str]:
        """What an expression can say, each with ``{}`` for what is not known here."""
        found = self._texts(module, node, depth) if depth else [GAP]
        return list(dict.fromkeys(found))[:_MOST] or [GAP]

    def _texts(self, module: Module, node: ast.expr, depth: int) -> list[str]:
        match node:
            case ast.Constant(str(text)):
                return [text]
            case ast.Constant(None):
                return []
            case ast.JoinedStr():
                return self._joined(module, node, depth)
            case ast.BinOp(left, ast.Add(), right):
                pairs = itertools.product(self.texts(module, left, depth), self.texts(module, right, depth))
                return ["".join(pair) for pair in pairs]
            case ast.BoolOp(_, values):
                # `hint or something`: a hint is an ending, which can stand behind any sentence.
                return [text for value in values for text in self.texts(module, value, depth) if text != GAP] or [GAP]
            case ast.IfExp(_, body, orelse):
                return [*self.texts(module, body, depth), *self.texts(module, orelse, depth)]
            case ast.Await(value) | ast.FormattedValue(value):
                return self.texts(module, value, depth)
            case ast.Subscript(ast.Name(name)) if name in TABLES:
                here = [value for where, value in self.constants[name] if where is module]
                return [text for value in here for text in self._values(module, value, depth - 1)]
            case ast.Name(name):
                return self._named(module, node, name, depth - 1)
            case ast.Call(func) if _name(func) in _ENDINGS:
                return [""]
            case ast.Call(ast.Name(name)) if name in self.functions:
                return self._returned(module, name, depth - 1)
        return [GAP]

    def _joined(self, module: Module, node: ast.JoinedStr, depth: int) -> list[str]:
        parts = [self.texts(module, value, depth) for value in node.values]
        return ["".join(chosen) for chosen in itertools.islice(itertools.product(*parts), _MOST)]

    def _named(self, module: Module, node: ast.AST, name: str, depth: int) -> list[str]:
        function = module.function_of(node)
        if function is not None:
            if set_to := self._set_to(module, function, node, name):
                return [text for value in set_to for text in self.texts(module, value, depth)]
            parameters = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
            if name in parameters:
                if function.name in MAKERS:
                    return [GAP]
                return self._handed(function, parameters.index(name), name, depth)
        return [text for where, value in self.constants[name][:1] for text in self.texts(where, value, depth)]

    @staticmethod
    def _set_to(module: Module, function: ast.AST, node: ast.AST, name: str) -> list[ast.expr]:
        """What a name may have been set to where it is used: back to where it has been in any case."""
        around = {id(node)}
        inner = node
        while inner in module.around:
            inner = module.around[inner]
            around.add(id(inner))
        found: list[ast.expr] = []
        settings = [
            (one, one.value)
            for one in ast.walk(function)
            if (isinstance(one, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in one.targets))
            or (isinstance(one, ast.NamedExpr) and one.target.id == name)
        ]
        for one, value in sorted(settings, key=lambda setting: -setting[0].lineno):
            if one.lineno > node.lineno or id(one) in around:
                continue
            found.append(value)
            beside = module.around[one]
            if isinstance(one, ast.Assign) and id(beside) in around and one not in getattr(beside, "orelse", ()):
                break
        return found

    def _handed(self, function: ast.FunctionDef | ast.AsyncFunctionDef, index: int, name: str, depth: int) -> list[str]:
        """What is handed over as a parameter, as far as it is written there."""
        own = function.args.args[:1]
        index -= bool(own and own[0].arg in {"self", "cls"})
        found: list[str] = []
        module = self.modules[0]
        for module, call in self.calls[function.name]:
            given = next((one.value for one in call.keywords if one.arg == name), None)
            if given is None and index < len(call.args) and name not in [one.arg for one in function.args.kwonlyargs]:
                given = call.args[index]
            if given is not None:
                found += self.texts(module, given, depth)
        arguments = function.args
        for argument, value in (
            *zip(arguments.args[::-1], arguments.defaults[::-1], strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ):
            if argument.arg == name and value is not None:
                found += self.texts(module, value, depth)
        return found or [GAP]

    def _returned(self, module: Module, name: str, depth: int) -> list[str]:
        functions = [one for one in self.functions[name] if one[0] is module] or self.functions[name][:1]
        return [
            text
            for where, function in functions
            if isinstance(function.returns, ast.Name) and function.returns.id == "str" and name not in {"shown", "at"}
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and node.value is not None
            for text in self.texts(where, node.value, depth)
        ] or [GAP]

    def _values(self, module: Module, node: ast.expr, depth: int) -> list[str]:
        match node:
            case ast.Dict(keys, values):
                found = []
                for key, value in zip(keys, values, strict=True):
                    found += self._values(module, value, depth) if key is None else self.texts(module, value, depth)
                return [re.sub(r"\{\w*\}", GAP, text) for text in found]
            case ast.Call(ast.Attribute(attr="fromkeys"), [_, value]):
                return self.texts(module, value, depth)
        return []


def _said(node: ast.AST, *, everything: bool) -> list[ast.expr]:
    """The sentences that a part of the code hands to those who tell them."""
    if everything and isinstance(node, ast.Lambda):
        return [node.body]
    if not isinstance(node, ast.Call) or _name(node.func) not in MAKERS or _logs(node.func):
        return []
    index = MAKERS[_name(node.func)]
    if -len(node.args) <= index < len(node.args):
        return [node.args[index]]
    return [one.value for one in node.keywords if one.arg in {"message", "detail"}]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _logs(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and _name(node.value) == "_log"


@cache
def sentences() -> tuple[Sentence, ...]:
    """All of them, each once for each place."""
    files = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] not in ELSEWHERE]
    return tuple(dict.fromkeys(Code(files).sentences()))


@cache
def texts() -> frozenset[str]:
    """Every text in the code, whatever it is for, with ``{}`` for what is filled in."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] == "chinese":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, re.sub(r"\{\w*\}", GAP, node.value)}
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(str(one.value) if isinstance(one, ast.Constant) else GAP for one in node.values))
    return frozenset(found)
