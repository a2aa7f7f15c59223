"""The vocabulary a check author needs; see CONTRIBUTING.md for the recipe.

    from checks import File, Severity, file_check
"""

from checks.runtime.catalog import check, file_check
from checks.runtime.filetypes import FileType
from checks.runtime.model import Confidence, Finding, Outcome, Severity, Unavailable, Unchecked
from checks.runtime.package import File, Package, prepared_path, resource_path, service_path

__all__ = [
    "Confidence",
    "File",
    "FileType",
    "Finding",
    "Outcome",
    "Package",
    "Severity",
    "Unavailable",
    "Unchecked",
    "check",
    "file_check",
    "prepared_path",
    "resource_path",
    "service_path",
]
