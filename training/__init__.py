"""The offline pipeline: data in, signed model bundle out. Imports app.core and nothing else of app."""
