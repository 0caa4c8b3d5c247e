"""Adapters: databases, Redis and memory behind the services' ports."""
