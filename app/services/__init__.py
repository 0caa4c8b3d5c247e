"""Use cases over ports: what entry-risk does, told without web, database or Redis."""
