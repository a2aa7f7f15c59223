"""This desk's end of the marketplace: client, queue, downloads, decisions on their way, and the practice marketplace.

Everything the other side says is untrusted input. The secret and signed addresses live in memory only.
"""
