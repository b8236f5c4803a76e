"""Data from outside: JSON files, ARC tasks, named sets. Everything is checked on its way in."""
