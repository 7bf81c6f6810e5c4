"""What many commands take: switches, and the working directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative=())]
Folder = Annotated[Path, Parameter(name=["--dir", "-C"])]
HERE = Path()
