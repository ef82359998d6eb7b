"""The documentation site: the settings of Sphinx. ``tox run -e docs`` builds it, and ``extensions/`` has the rest."""

import sys
from pathlib import Path

from convparity import __version__

sys.path.insert(0, str(Path(__file__).parent))  # where Sphinx finds the extensions

project = "convparity"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "extensions.pages",
    "extensions.python",
    "extensions.drawn",
    "extensions.blocks",
    "extensions.captions",
    "extensions.live",
]
exclude_patterns = ["extensions"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4  # the anchors of headings are those of GitHub
myst_links_external_new_tab = False
smartquotes = False  # options begin with two hyphens
default_role = "code"  # docstrings name commands in single backquotes
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "convparity"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]
