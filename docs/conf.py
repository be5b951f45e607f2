"""Settings of the documentation: built offline, warnings as errors, nothing remote in the pages."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

project = "sos_bayes"
copyright = "2026, the sos_bayes developers"
author = "the sos_bayes developers"
release = version = "0.1.0"
language = "en_GB"

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]
nitpicky = False

# a notebook that fails stops the build
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_show_tb = True
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
# Fit and fit would be one file where file names ignore case
autosummary_filename_map = {
    "sos_bayes.fit": "sos_bayes.function_fit",
    "sos_bayes.grade": "sos_bayes.function_grade",
}
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "sos_bayes"
html_static_path = ["_static"]
html_css_files = ["site.css"]
# pages without pages below them need no section navigation
html_sidebars = {page: [] for page in ("index", "tutorials/*", "how-to/*", "explanation/*", "glossary", "changelog")}
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# the pages hold no formulas: without the extension no page can ask for a remote MathJax
html_math_renderer = "none"


def _nothing(self: object, node: object) -> None:
    """Refuse formulas, which would need a remote script."""
    raise NotImplementedError("write the formula in words: no MathJax is vendored")


def setup(app: object) -> None:
    """Register the absent renderer of formulas."""
    app.add_html_math_renderer("none", inline_renderers=(_nothing, None), block_renderers=(_nothing, None))
