"""What does a pydantic model find wrong in what was sent, and where?"""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from app.engine.problems import Problem, at, suggest


def problems_in(error: ValidationError, form: type[BaseModel], where: str = "") -> list[Problem]:
    """All that is wrong, each with its place; ``where`` is the place of the whole. Nothing of what was sent is told."""
    known = [field.alias or name for name, field in form.model_fields.items()]
    problems = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place = where
        for key in one["loc"]:
            place = at(place, key[:64] if isinstance(key, str) else key)
        message = str(one["msg"]).removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            message = f"this key is not known{suggest(str(one['loc'][-1])[:64], known)}"
        problems.append(Problem(place, message))
    return problems
