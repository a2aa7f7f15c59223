"""Checks of the submission itself: what the developer declares beside the bytes."""
