"""The signed model bundle: written, verified, tried in a child, loaded, and registered."""
