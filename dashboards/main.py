"""Entry point of the dashboard: the list of pages."""

import sys
from pathlib import Path

import streamlit as st

from rlxai.errors import RlxaiError

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # pages import `dashboards.*`, in a wheel and in a checkout alike
    sys.path.append(str(HERE.parent))

st.set_page_config(page_title="rlxai", page_icon=str(HERE / "icon.svg"), layout="wide")
page = st.navigation(
    [
        st.Page(HERE / "app_pages" / "replay.py", title="Replay", icon=":material/play_circle:", default=True),
        st.Page(HERE / "app_pages" / "training.py", title="Training", icon=":material/show_chart:"),
    ],
    position="top",
)
try:
    page.run()
except RlxaiError as error:  # damaged data must not take the other pages down with it
    st.error(str(error), icon=":material/error:")
