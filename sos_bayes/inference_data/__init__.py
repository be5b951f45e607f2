"""A fit in the words and forms of other tools: a tree of draws as ArviZ reads it, a table as a statistician does."""

from sos_bayes.inference_data.datatree import to_datatree as to_datatree
from sos_bayes.inference_data.summary import summary as summary

__all__ = ["summary", "to_datatree"]
