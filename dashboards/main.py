"""Entry point of the dashboard: the list of pages."""

import logging
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # pages import `dashboards.*`, in a wheel and in a checkout alike
    sys.path.append(str(HERE.parent))

from dashboards.words import plain  # noqa: E402
from rlxai.errors import RlxaiError  # noqa: E402

PAGES = {  # file: title, symbol
    "replay": ("Replay", "play_circle"), "training": ("Training", "show_chart"), "strategy": ("Strategy", "fact_check"),
    "clusters": ("Clusters", "scatter_plot"), "methods": ("Methods", "grid_view"),
    "units": ("Units", "memory"), "embedding": ("Embedding", "bubble_chart"),
    "trust": ("Trust", "verified"), "compare": ("Compare", "compare"), "export": ("Export", "download"),
}  # fmt: skip

st.set_page_config(page_title="rlxai", page_icon=str(HERE / "icon.svg"), layout="wide")
page = st.navigation(
    [
        st.Page(HERE / "app_pages" / f"{name}.py", title=title, icon=f":material/{icon}:", default=name == "replay")
        for name, (title, icon) in PAGES.items()
        if (HERE / "app_pages" / f"{name}.py").exists()
    ],
    position="top",
)
try:
    page.run()
except RlxaiError as error:  # damaged data must not take the other pages down with it
    st.error(plain(error), icon=":material/error:")
except Exception as error:
    logging.getLogger("rlxai.dashboard").exception("the page %s cannot be shown", page.title)
    st.error(
        f"This page cannot be shown ({type(error).__name__}); the terminal has the details.", icon=":material/error:"
    )
