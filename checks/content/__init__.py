"""Checks of content that apply to any package."""
