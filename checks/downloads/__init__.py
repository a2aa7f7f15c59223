"""Checks of downloadable files."""
