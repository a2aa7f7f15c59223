"""Names of the language and the system that are asked for by what they are called."""
import builtins
import os


def resolve(name):
    return vars(builtins)[name] if name in vars(builtins) else getattr(os, name)


def separators(kind):
    return [getattr(os, "{}sep".format(part)) for part in ("", "alt", "path")], os.__dict__[kind]
