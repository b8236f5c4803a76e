"""The domains that come with nsr, one module or package each, found by name."""
