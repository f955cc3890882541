"""What pages are put together from: each draws one thing with Streamlit."""
