"""The parts of a package: declared in manifests and lock files, or observed."""
