"""`python -m nsr.cli` is the command `nsr`."""

from nsr.cli import main

main(prog_name="nsr")
