"""Showing tasks, answers and programs: in the terminal, as SVG, as a self-contained page."""
