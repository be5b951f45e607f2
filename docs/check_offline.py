"""Fail if a built page would load anything from the network.

Links that a reader may follow (`<a href>`) are allowed; scripts, styles, pictures, fonts and frames are not.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

LOADING = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href", "xlink:href"),
}
NAMED_ONLY = {"canonical", "search", "next", "prev", "index", "license"}
REMOTE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
# a loader would load these only when a page asks; no page here does
IN_SCRIPT = re.compile(r"https?://[^\s\"']*(?:cdn|jsdelivr|unpkg|googleapis|mathjax)[^\s\"']*", re.IGNORECASE)


class Page(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []
        self.inside: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at every attribute that loads."""
        self.inside = tag
        values = dict(attrs)
        if tag == "link" and set((values.get("rel") or "").split()) & NAMED_ONLY:
            return
        self.remote += [
            f"<{tag} {name}={values[name]}>" for name in LOADING.get(tag, ()) if REMOTE.match(values.get(name) or "")
        ]
        if IN_STYLE.search(values.get("style") or ""):
            self.remote.append(f"<{tag} style>")

    def handle_data(self, data: str) -> None:
        """Look into inline styles and scripts."""
        if self.inside == "style" and IN_STYLE.search(data):
            self.remote.append("<style>")
        if self.inside == "script" and IN_SCRIPT.search(data):
            self.remote.append(f"<script>: {IN_SCRIPT.search(data)[0]}")


def faults(folder: Path) -> list[str]:
    """What the pages and style sheets under a folder would load from elsewhere."""
    found = []
    for path in sorted(folder.rglob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(folder)}: {what}" for what in page.remote]
    for path in sorted(folder.rglob("*.css")):
        if IN_STYLE.search(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(folder)}: loads a remote style or font")
    return found


if __name__ == "__main__":
    built = Path(sys.argv[1])
    pages = len(list(built.rglob("*.html")))
    problems = faults(built)
    print("\n".join(problems) or f"{pages} pages load nothing from the network")
    sys.exit(bool(problems) or not pages)
