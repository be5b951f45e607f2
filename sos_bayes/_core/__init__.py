"""Errors, words and arrays that every other room uses."""
