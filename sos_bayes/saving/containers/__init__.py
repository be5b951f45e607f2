"""Formats of files, one a module: a document and arrays of plain numbers, written and read back."""
