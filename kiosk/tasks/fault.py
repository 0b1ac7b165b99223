"""What is wrong in a content file: where, what, and what to do about it.

The technician's screen and the journal show these; a resident never does. A content file holds no
personal data, so a fault may quote it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class FaultCode(StrEnum):
    """The closed list of what can be wrong."""

    NOT_READABLE = "not_readable"
    NOT_YAML = "not_yaml"
    WRONG_SHAPE = "wrong_shape"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    DOUBLE_KEY = "double_key"
    UNKNOWN_VALUE = "unknown_value"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    NOT_AN_ID = "not_an_id"
    MISSING_LANGUAGE = "missing_language"
    UNKNOWN_LANGUAGE = "unknown_language"
    TOO_LONG = "too_long"
    UNKNOWN_PICTURE = "unknown_picture"
    UNKNOWN_TERM = "unknown_term"
    UNKNOWN_NEED = "unknown_need"
    UNKNOWN_HOST = "unknown_host"
    UNKNOWN_DOCUMENT = "unknown_document"
    UNKNOWN_ANSWER = "unknown_answer"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    UNKNOWN_COMMON = "unknown_common"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    DOUBLE_ID = "double_id"
    FILE_NAME = "file_name"
    REASON_MISSING = "reason_missing"
    NO_WAY_BY_HAND = "no_way_by_hand"
    NO_OFFLINE_CHANNEL = "no_offline_channel"
    UNREACHABLE_STEP = "unreachable_step"
    UNUSED_DOCUMENT = "unused_document"
    PAPER_UNCERTAIN = "paper_uncertain"
    EMPTY_PATH = "empty_path"
    PATH_WITHOUT_OUTCOME = "path_without_outcome"
    PATH_ONLY_DIGITAL = "path_only_digital"
    TOO_MANY_PATHS = "too_many_paths"
    NEED_WITHOUT_TASK = "need_without_task"
    TOO_MANY = "too_many"
    NOT_OURS = "not_ours"


REMEDIES: Mapping[FaultCode, str] = {
    FaultCode.NOT_READABLE: "put the file there and make it readable, as UTF-8",
    FaultCode.NOT_YAML: "mend the YAML at this line: indent by spaces, quote text with a colon",
    FaultCode.WRONG_SHAPE: "write a {expected} here",
    FaultCode.UNKNOWN_KEY: "remove it or correct its spelling; known here: {known}",
    FaultCode.MISSING_KEY: "add it",
    FaultCode.DOUBLE_KEY: "keep one of the two",
    FaultCode.UNKNOWN_VALUE: "write one of: {known}",
    FaultCode.NOT_A_NUMBER: "write a whole number from {low} to {high}",
    FaultCode.NOT_A_DATE: "write the day as 2026-11-30, or null",
    FaultCode.NOT_AN_ID: "use small letters, digits, - and _, beginning with a letter",
    FaultCode.MISSING_LANGUAGE: "add the text in {locale}",
    FaultCode.UNKNOWN_LANGUAGE: "remove it, or add the language to languages.txt; known: {known}",
    FaultCode.TOO_LONG: "shorten the {locale} text to {limit} characters; it has {length}",
    FaultCode.UNKNOWN_PICTURE: "take a name of pictures.txt, or add one there and draw its SVG",
    FaultCode.UNKNOWN_TERM: "add the term to glossary.yaml, or correct its id",
    FaultCode.UNKNOWN_NEED: "take an id of needs.yaml: {known}",
    FaultCode.UNKNOWN_HOST: "have the site reviewed and add it to hosts.yaml",
    FaultCode.UNKNOWN_DOCUMENT: "take an id of documents: {known}",
    FaultCode.UNKNOWN_ANSWER: "name an answer that an earlier step asks for: {known}",
    FaultCode.UNKNOWN_PLACEHOLDER: "name an answer of this task, today or place: {known}",
    FaultCode.UNKNOWN_COMMON: "take a name of common.yaml: {known}",
    FaultCode.UNKNOWN_ORGANISATION: "take an id of directory.yaml, or add it there",
    FaultCode.DOUBLE_ID: "give each its own id",
    FaultCode.FILE_NAME: "name the file as its id: {expected}",
    FaultCode.REASON_MISSING: "add reason: the law that allows reading {field}, or do not read it",
    FaultCode.NO_WAY_BY_HAND: "add an ask step for {field} when {answer} is by_hand, in {channel}",
    FaultCode.NO_OFFLINE_CHANNEL: "offer counter, paper or phone: online alone is refused",
    FaultCode.UNREACHABLE_STEP: "mend its channels or its when: no path comes here",
    FaultCode.UNUSED_DOCUMENT: "print it in a step, or remove it",
    FaultCode.PAPER_UNCERTAIN: "say in its when for whom it is, by the answer of a print step: "
    "{answer}: printed, or [printed, without]",
    FaultCode.EMPTY_PATH: "give {channel} at least one step, or say exists: no",
    FaultCode.PATH_WITHOUT_OUTCOME: "add outcome to a step of the path: {path}",
    FaultCode.PATH_ONLY_DIGITAL: "add a print or refer step to the path: {path}",
    FaultCode.TOO_MANY_PATHS: "split the task, or let fewer answers decide",
    FaultCode.NEED_WITHOUT_TASK: "add a task for it, or remove the need",
    FaultCode.TOO_MANY: "keep at most {limit}",
    FaultCode.NOT_OURS: "mark it seed, seen or unverified: ours is what this house itself decides",
}
"""What to do, for technicians and content authors; a translated screen looks up the code."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. ``line`` counts from 1; ``key`` is the way to it, with dots."""

    path: Path
    line: int
    key: str
    code: FaultCode
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def hint(self) -> str:
        """Say what to do."""
        return REMEDIES[self.code].format(**self.data)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.key}: {self.code}: {self.hint}"


class ContentError(Exception):
    """Content that cannot be used: every fault of every file once, in their order.

    ``path``, ``line``, ``key`` and ``hint`` are the first one's.
    """

    code = "content"

    def __init__(self, faults: Sequence[Fault]) -> None:
        # A mapping that several rules look into is read again by each of them.
        once = {str(fault): fault for fault in faults}.values()
        self.faults = tuple(sorted(once, key=lambda fault: (fault.path, fault.line)))
        super().__init__("\n".join(str(fault) for fault in self.faults))
        first = self.faults[0]
        self.path, self.line, self.key, self.hint = first.path, first.line, first.key, first.hint
