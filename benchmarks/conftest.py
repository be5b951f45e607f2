"""The benchmark files import their neighbours, as the scripts of this folder do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
