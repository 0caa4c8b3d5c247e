"""`python -m app.cli` is `entry-risk`."""

from app.cli import main

main()
