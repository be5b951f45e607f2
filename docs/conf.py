"""Settings of the documentation: built offline, warnings as errors, nothing remote in the pages."""

import os

from docutils import nodes

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
# formulas are set in the reader's browser by the KaTeX in _static/katex, on the pages that have any
html_math_renderer = "katex"


def _inline(self: object, node: object) -> None:
    """Leave a formula within a line as it was written, for `_static/formulas.js`."""
    self.body.append(f'<span class="tex notranslate">{self.encode(node.astext())}</span>')
    raise nodes.SkipNode


def _block(self: object, node: object) -> None:
    """Leave a formula on lines of its own as it was written."""
    self.body.append(f'<div class="tex notranslate">{self.encode(node.astext())}</div>\n')
    raise nodes.SkipNode


def _with_katex(app: object, page: str, template: str, context: dict, tree: object) -> None:
    """Load KaTeX on a page that has formulas."""
    if app.builder.format == "html" and context.get("has_maths_elements"):
        app.add_css_file("katex/katex.min.css")
        app.add_js_file("katex/katex.min.js", loading_method="defer")
        app.add_js_file("formulas.js", loading_method="defer")


def setup(app: object) -> None:
    """Register the renderer of formulas."""
    app.add_html_math_renderer("katex", inline_renderers=(_inline, None), block_renderers=(_block, None))
    app.connect("html-page-context", _with_katex)
