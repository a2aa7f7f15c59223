"""Recognising variants: digests of words and structure, and what is known."""
