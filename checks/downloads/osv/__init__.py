"""Advisories in the OSV format: read, kept, matched."""
