"""The machinery beside hostile bytes: catalog, package view, unpacking, worker, protocol."""
