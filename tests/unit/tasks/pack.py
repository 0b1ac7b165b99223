"""A small content pack on disk that a test can break in one place."""

from __future__ import annotations

from pathlib import Path

from kiosk.tasks.fault import ContentError, Fault
from kiosk.tasks.loader import Content, load_content

TASK = """\
id: small-task
version: 1
need: papers
picture: paper
title: {nl: Taak, fr: Tâche}
text: {nl: Iets doen., fr: Faire une chose.}
minutes: 5
owner_type: public
sensitivity: low
allow_instead: false
requires_any_of: [none]
without: {nl: Ga naar het loket., fr: Allez au guichet.}
checked_on: null
sources:
  - {title: a page, mark: seed}
channels:
  counter:
    exists: yes
    text: {nl: Het loket., fr: Le guichet.}
    source: {title: a page, mark: seed}
    checked_on: null
  paper:
    exists: yes
    text: {nl: Een brief., fr: Une lettre.}
    source: {title: a page, mark: seed}
    checked_on: 2026-01-31
  phone:
    exists: no
    text: {nl: Dit kan niet., fr: Pas possible.}
    source: {title: a page, mark: seed}
    checked_on: null
  online:
    exists: unknown
    text: {nl: Op een site., fr: Sur un site.}
    source: {title: a page, mark: seed}
    checked_on: null
steps:
  - id: letter_language
    from: which_language
  - id: read_card
    kind: read_card
    title: {nl: Mag ik lezen?, fr: Puis-je lire ?}
    text: {nl: Alleen uw naam., fr: Seulement votre nom.}
    picture: card
    answer: card
    fields: [surname]
  - id: surname
    kind: ask
    when: {card: by_hand}
    title: {nl: Uw naam?, fr: Votre nom ?}
    text: {nl: Typ uw naam., fr: Tapez votre nom.}
    picture: paper
    terms: [word]
    answer: surname
    input: name
    max_length: 40
  - id: look
    kind: do_online
    channels: [online]
    title: {nl: De site, fr: Le site}
    text: {nl: Kijk daar., fr: Regardez là.}
    picture: paper
    host: irisbox.brussels
    path: /
    label: Irisbox
  - id: check
    kind: check
    title: {nl: Klopt dit?, fr: Est-ce correct ?}
    text: {nl: Kijk rustig., fr: Prenez votre temps.}
    picture: paper
    answers: [surname]
  - id: print_letter
    kind: print
    title: {nl: Ik druk af, fr: J'imprime}
    text: {nl: Eén blad., fr: Une feuille.}
    picture: paper
    document: letter
    outcome: done
  - id: help
    kind: refer
    title: {nl: Hulp, fr: Aide}
    text: {nl: Een mens., fr: Une personne.}
    picture: paper
    types: [social_service]
    organisations: [house]
documents:
  letter:
    kind: letter
    title: {nl: Brief, fr: Lettre}
    language: letter_language
    sender: ["{surname}"]
    recipient: [De gemeente]
    subject: {nl: Vraag, fr: Demande}
    paragraphs:
      - {nl: "Ik ben {surname}.", fr: "Je suis {surname}."}
      - when: {card: read}
        text: {nl: Gelezen., fr: Lu.}
    closing: {nl: Hoogachtend, fr: Salutations}
"""

FILES = {
    "languages.txt": "# languages\nnl required\nfr required\npt partial\n",
    "pictures.txt": "# pictures\npaper a sheet\ncard a card\n",
    "needs.yaml": """\
- id: papers
  picture: paper
  title: {nl: Papieren, fr: Papiers}
  text: {nl: Mijn papieren., fr: Mes papiers.}
""",
    "glossary.yaml": """\
- id: word
  title: {nl: woord, fr: mot}
  text: {nl: Een woord., fr: Un mot.}
""",
    "hosts.yaml": """\
- host: irisbox.brussels
  runs: Irisbox
  owner_type: public
  source: {title: irisbox.brussels, mark: seen}
  checked_on: null
""",
    "common.yaml": """\
which_language:
  kind: ask
  title: {nl: Welke taal?, fr: Quelle langue ?}
  text: {nl: Voor de brief., fr: Pour la lettre.}
  picture: paper
  answer: letter_language
  input: choice
  choices:
    - {value: nl, title: {nl: Nederlands, fr: Néerlandais}, picture: paper}
    - {value: fr, title: {nl: Frans, fr: Français}, picture: paper}
""",
    "directory.yaml": """\
- id: house
  name: Het huis
  text: {nl: Een huis., fr: Une maison.}
  types: [social_service]
  source: {title: a page, mark: seed}
  checked_on: null
""",
    "municipalities.yaml": """\
- nl: Bergdorp
  fr: Mont-Village
  source: {title: a page, mark: seed}
  checked_on: null
- nl: Zeedorp
  fr: Mer-Village
  also: [Zee]
  source: {title: a page, mark: seed}
  checked_on: null
""",
    "tasks/small-task.yaml": TASK,
}


class Pack:
    """A content folder with one small, right task."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "tasks").mkdir()
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write one file."""
        (self.root / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """Read one file."""
        return (self.root / name).read_text(encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace one passage, which has to be there once."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def line_of(self, name: str, passage: str) -> int:
        """Find the line of a passage, from 1."""
        text = self.read(name)
        assert text.count(passage) == 1, f"{passage!r} stands {text.count(passage)} times"
        return text[: text.index(passage)].count("\n") + 1

    def load(self) -> Content:
        """Load the folder."""
        return load_content(self.root)

    def faults(self) -> tuple[Fault, ...]:
        """Load the folder and give what is wrong; nothing wrong is no fault."""
        try:
            self.load()
        except ContentError as error:
            return error.faults
        return ()
