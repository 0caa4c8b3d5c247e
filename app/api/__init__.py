"""The wire contract, version 1."""
