"""Signatures of every family: read, verified, compared with the baseline's signer."""
