"""The report: one HTML page that needs no network, and the tables of the README.

Both are made from the records alone (`benchmarks.comparison`), the published numbers are data
(`published.json`).
"""
