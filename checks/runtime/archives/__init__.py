"""Readers of archives, none of which ever creates a name, a link or a mode on disk."""
