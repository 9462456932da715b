"""`python -m apig_nb`: the command line."""

import sys

from apig_nb.cli import main

sys.exit(main())
