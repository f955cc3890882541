"""`python -m rlxai`."""

import sys

from rlxai.cli import main

sys.exit(main())
