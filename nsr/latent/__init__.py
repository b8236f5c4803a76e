"""Latent programs: points of a learnt space, found by gradient ascent at test time.

`canvas` (values as arrays) -> `network` (encoder, decoder) -> `objective` -> `training`;
`search` (strategies) and `symmetry` (views) -> `solver`; `store` (networks by name) -> `program` (a
latent program as a literal in a program's text).
"""
