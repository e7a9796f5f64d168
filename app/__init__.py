"""Lead router: a lead goes in, a rep comes out, and the record says why."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("lead-router")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"
