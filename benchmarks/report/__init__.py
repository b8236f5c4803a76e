"""The report: one HTML page that needs no network, and the tables of the README.

All figures come from the records (`benchmarks.comparison`), the published numbers are data
(`published.json`). Only the trees of the page need more: machines that learn in seconds are learnt
anew if the data of their records are at hand.
"""
