"""`python -m binloom`."""

import sys

from binloom.main import main

sys.exit(main())
