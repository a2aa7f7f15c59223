"""Hooks of Python packages: setup.py, .pth files, build backends inside the tree."""

from __future__ import annotations

import ast
import re
import tomllib
import warnings
from collections.abc import Iterator

from checks.content._hooks import Hook, assess_file, graded, place, short
from checks.content._scan import compile_bytes
from checks.content._threats import assess, is_known, worst
from checks.downloads._family import Container
from checks.runtime.model import Severity
from checks.runtime.package import File

MAX_SETUP = 1 << 20
COMMANDS = frozenset(
    {
        "install",
        "develop",
        "egg_info",
        "build_py",
        "build",
        "bdist_egg",
        "bdist_wheel",
        "install_lib",
        "install_scripts",
        "easy_install",
        "sdist",
    }
)
# What a line of a .pth file cannot need: to decode, to fetch, to start programs, to run another file.
_PTH_REACH = re.compile(
    rb"\b(base64|zlib|marshal|codecs|urllib|requests|socket|subprocess|os\.(system|popen)|open\s*\(|__import__)"
)
_MANY_PARTS = r"(?:[\w\"'-]+[ \t]*\.[ \t]*){40}"
_IMPORT_LINE = re.compile(rb"^(?:import[ \t]|from[ \t])[^\r\n]*", re.MULTILINE)


def python_hooks(container: Container) -> Iterator[Hook]:
    """Everything in a source distribution or wheel that Python runs without being asked."""
    for file in container.files:
        relative = file.path[len(container.root) :]
        if file.suffix == ".pth" and (
            container.family == "wheel" or "/" not in relative or "site-packages" in relative
        ):
            yield from _pth(file)
        elif relative == "setup.py" and container.family != "wheel":
            yield from _setup(file)
        elif relative == "pyproject.toml":
            yield from _pyproject(container, file)


def _pth(file: File) -> Iterator[Hook]:
    data = file.head(1 << 20)
    for match in _IMPORT_LINE.finditer(data):
        line = match.group()
        if not line.startswith(b"import"):
            continue
        if is_known("pth", line):
            yield Hook(
                "pth_import", file, Severity.INFO, "Runs at every start of Python, as known tools do it", match.span()
            )
            continue
        verdict = assess(line)
        runs = _PTH_REACH.search(line)
        least = Severity.HIGH if runs else Severity.MEDIUM
        text = line.decode("utf-8", "replace")
        message = f"Runs at every start of Python: `{short(text)}`"
        yield Hook("pth_import", file, max(least, verdict.severity), message, match.span())


def _setup(file: File) -> Iterator[Hook]:
    if file.size > MAX_SETUP:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, "setup.py is larger than any honest one")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in their source are their affair
            tree = ast.parse(file.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        verdict = assess(file.data)
        # Python 2 is no crime, but then only the words can be judged; nesting that exhausts a parser is on purpose
        least = Severity.MEDIUM if isinstance(error, RecursionError | MemoryError) else Severity.LOW
        severity = max(least, verdict.severity)
        yield Hook(
            "unreadable_manifest", file, severity, f"setup.py cannot be parsed ({type(error).__name__})", verdict.span
        )
        return
    verdict = assess(file.data)
    if verdict.severity >= Severity.MEDIUM:
        yield graded(
            "setup_code", file, verdict, Severity.MEDIUM, "setup.py runs when the package is built", in_place=True
        )
    overridden = sorted(_overridden(tree) & COMMANDS)
    if overridden:
        least = Severity.LOW if verdict.severity >= Severity.LOW else Severity.INFO
        message = f"setup.py replaces the commands {', '.join(overridden)}"
        yield Hook(
            "setup_cmdclass", file, max(least, _at_most_medium(verdict.severity)), message, place(file.data, "cmdclass")
        )


def _at_most_medium(severity: Severity) -> Severity:
    return min(severity, Severity.MEDIUM)


def _overridden(tree: ast.Module) -> set[str]:
    """Names of commands that a `cmdclass` of setup() replaces, and the bases of classes that look like commands."""
    names: set[str] = set()
    has_cmdclass = False
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "cmdclass":
            has_cmdclass = True
            if isinstance(node.value, ast.Dict):
                names |= {k.value for k in node.value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
        elif isinstance(node, ast.ClassDef):
            names |= {base.id.lower() for base in node.bases if isinstance(base, ast.Name)}
            names |= {base.attr.lower() for base in node.bases if isinstance(base, ast.Attribute)}
    return names if has_cmdclass else set()


def _pyproject(container: Container, file: File) -> Iterator[Hook]:
    if file.size > MAX_SETUP:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, "pyproject.toml is larger than any honest one")
        return
    if compile_bytes(_MANY_PARTS).search(file.data):
        # the parser walks the whole key again for each of its parts: a megabyte of them takes an hour
        message = "pyproject.toml has keys of more parts than any honest one"
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, message)
        return
    try:
        table = tomllib.loads(file.data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        yield Hook(
            "unreadable_manifest", file, Severity.MEDIUM, f"pyproject.toml cannot be read ({type(error).__name__})"
        )
        return
    system = table.get("build-system")
    if not isinstance(system, dict) or not isinstance(system.get("backend-path"), list):
        return
    backend = str(system.get("build-backend", "")).partition(":")[0].replace(".", "/")
    folders = [str(f).strip("./") for f in system["backend-path"]]
    starts = tuple(container.root + (f"{folder}/" if folder else "") + backend for folder in folders)
    sources = [f for f in container.files if backend and f.suffix == ".py" and f.path.startswith(starts)]
    verdict = worst([assess_file(source) for source in sources[:20]])
    # the backend of a build tool spawns compilers; only what reaches out is grave
    message = f"The package is built by code of its own ({short(backend, 60)})"
    hook = graded("own_build_backend", file, verdict, Severity.LOW, message, in_place=False)
    yield Hook(hook.rule, file, hook.severity, hook.message, place(file.data, "backend-path"))
