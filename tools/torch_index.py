"""Print pip's option for PyTorch's index of CPU builds, where one is needed and the index answers."""

import sys
import urllib.request

INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> None:
    """Print the option, or nothing."""
    if sys.platform != "linux":
        return
    try:
        with urllib.request.urlopen(f"{INDEX}/torch/", timeout=3):
            print(f"--extra-index-url {INDEX}")
    except OSError:
        pass  # a closed network has its own way to torch; the pinned version must do


if __name__ == "__main__":
    main()
