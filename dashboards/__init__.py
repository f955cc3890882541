"""Streamlit pages of the rlxai dashboard; start them with `rlxai dashboard RUN`."""
