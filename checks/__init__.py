"""The vocabulary a check author needs; see CONTRIBUTING.md for the recipe.

    from checks import File, Severity, file_check
"""

from checks.runtime.catalog import check, file_check, probe
from checks.runtime.filetypes import FileType
from checks.runtime.model import Component, Confidence, Fact, Finding, Outcome, Severity, Unavailable, Unchecked
from checks.runtime.package import File, Package, Target, data_path, prepared_path, resource_path, service_path

__all__ = [
    "Component",
    "Confidence",
    "Fact",
    "File",
    "FileType",
    "Finding",
    "Outcome",
    "Package",
    "Severity",
    "Target",
    "Unavailable",
    "Unchecked",
    "check",
    "data_path",
    "file_check",
    "prepared_path",
    "probe",
    "resource_path",
    "service_path",
]
