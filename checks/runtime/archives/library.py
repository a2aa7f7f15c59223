"""The functions of libarchive that are needed, found without starting a program.

`ctypes.util.find_library` runs ldconfig and gcc; a worker may start nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import locale
import os
from pathlib import Path
from typing import Any

from checks.runtime.archives.limits import UnpackError

OK, EOF, RETRY, WARN, FAILED, FATAL = 0, 1, -10, -20, -25, -30
_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/opt/homebrew/opt/libarchive/lib")
_FILES = ("*/libarchive.so.13", "libarchive.so.13", "libarchive.13.dylib")

_POINTER, _INT, _TEXT, _LONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_longlong
_FUNCTIONS: dict[str, tuple[list[Any], Any]] = {
    # libarchive-c's own reads the error text of the reader that was just freed, and crashes
    "read_free": ([_POINTER], _INT),
    "read_append_filter": ([_POINTER, _INT], _INT),
    "read_next_header2": ([_POINTER, _POINTER], _INT),
    "read_data_block": (
        [_POINTER, ctypes.POINTER(_POINTER), ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(_LONG)],
        _INT,
    ),
    "read_set_options": ([_POINTER, _TEXT], _INT),
    "read_has_encrypted_entries": ([_POINTER], _INT),
    "entry_is_data_encrypted": ([_POINTER], _INT),
    "entry_pathname_utf8": ([_POINTER], _TEXT),
    "entry_symlink_utf8": ([_POINTER], _TEXT),
    "entry_hardlink_utf8": ([_POINTER], _TEXT),
    "error_string": ([_POINTER], _TEXT),
}


def _find() -> str:
    for folder in _FOLDERS:
        for pattern in _FILES:
            for path in sorted(Path(folder).glob(pattern)):
                return str(path)
    return "libarchive.so.13"


class Library:
    """libarchive-c's declarations, and beside them functions whose return codes are left to us."""

    def __init__(self) -> None:
        os.environ.setdefault("LIBARCHIVE", _find())
        try:
            from libarchive import ffi
        except (OSError, TypeError) as error:
            raise UnpackError("libarchive is missing: install libarchive13 (apt-get install libarchive13)") from error
        self.ffi: Any = ffi
        for name, (arguments, result) in _FUNCTIONS.items():
            # an item, not an attribute: libarchive-c's own carries a check that raises and logs
            function = ffi.libarchive[f"archive_{name}"]
            function.argtypes, function.restype = arguments, result
            setattr(self, name, function)
        # names in a header's own encoding are given out only where the locale can hold them
        if locale.nl_langinfo(locale.CODESET).upper() != "UTF-8":
            # where there is no such locale, names are still asked for in UTF-8 one by one
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, "C.UTF-8")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ffi, name)


@functools.cache
def load_library() -> Library:
    """The library, loaded at first use; raises UnpackError with what to install."""
    return Library()
