"""Strategies of search, one a module; `nsr.search.get_searcher` finds them by name."""
