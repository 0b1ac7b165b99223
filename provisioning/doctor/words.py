"""The technician's words for what the doctor found: English, from words.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device.doctor.report import Finding, Keyword

SOURCE = Path(__file__).with_name("words.toml")


class DoctorWords:
    """Say findings."""

    def __init__(self, source: Path = SOURCE) -> None:
        self._words: Mapping[str, Mapping[str, Any]] = tomllib.loads(source.read_text("utf-8"))

    def says(self, finding: Finding) -> str:
        """Return what is so. Raises KeyError for what has no words."""
        return str(self._entry(finding)["says"]).format_map(finding.data)

    def next(self, finding: Finding) -> str:
        """Return what to do next, "" where there is nothing to do."""
        return str(self._entry(finding).get("next", "")).format_map(finding.data)

    def fine(self) -> str:
        """Return the verdict when nothing is wrong."""
        return str(self._words["any"]["fine"]["says"])

    def _entry(self, finding: Finding) -> Mapping[str, str]:
        is_of_any = finding.keyword is Keyword.NOT_REACHED
        table = self._words["any" if is_of_any else finding.check.value]
        entry: Mapping[str, str] = table[finding.keyword.value]
        return entry
