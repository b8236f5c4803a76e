"""Abduction: which words, trees and programs explain the outputs."""
