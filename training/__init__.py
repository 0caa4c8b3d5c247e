"""The offline pipeline: data in, signed model bundle out. Imports nothing of app but app.core."""
