"""The directory: who helps, best match first, nothing claimed that no source says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kiosk.directory import Directory, read_directory
from kiosk.tasks.fault import ContentError, FaultCode
from kiosk.tasks.loader import load_content
from kiosk.tasks.sheet import Desk
from kiosk.tasks.vocabulary import Attribute, ReferralType, Topic

ENTRY = """\
- id: {id}
  name: {id}
  text: {{nl: Een huis., fr: Une maison.}}
  types: [{types}]
  source: {{title: a page, mark: seed}}
  checked_on: null
"""


def written(tmp_path: Path, *entries: str) -> Directory:
    path = tmp_path / "directory.yaml"
    path.write_text("".join(entries), encoding="utf-8")
    desk = Desk(required=("nl", "fr"), locales=frozenset({"nl", "fr"}))
    directory = read_directory(desk, path)
    if desk.faults:
        raise ContentError(desk.faults)
    return directory


def names(found: tuple[object, ...]) -> list[str]:
    return [getattr(organisation, "id", "") for organisation in found]


@pytest.fixture
def three(tmp_path: Path) -> Directory:
    return written(
        tmp_path,
        ENTRY.format(id="first", types="social_service"),
        ENTRY.format(id="second", types="social_service, repair") + "  languages: [ar]\n",
        ENTRY.format(id="third", types="repair")
        + "  attributes: [no_id_required]\n  valid_to: 2026-06-30\n",
    )


def test_a_type_is_found_in_file_order(three: Directory) -> None:
    assert names(three.query(types=[ReferralType.SOCIAL_SERVICE])) == ["first", "second"]


def test_no_type_means_everyone(three: Directory) -> None:
    assert names(three.query()) == ["first", "second", "third"]


def test_a_known_attribute_comes_first_and_unknown_is_not_left_out(three: Directory) -> None:
    found = three.query(
        types=[ReferralType.REPAIR, ReferralType.SOCIAL_SERVICE],
        attributes=[Attribute.NO_ID_REQUIRED],
    )

    assert names(found) == ["third", "first", "second"]


def test_a_spoken_language_comes_before_an_unknown_one(three: Directory) -> None:
    found = three.query(types=[ReferralType.SOCIAL_SERVICE], language="ar")

    assert names(found) == ["second", "first"]


def test_a_named_place_comes_first_whatever_its_type(three: Directory) -> None:
    found = three.query(types=[ReferralType.SOCIAL_SERVICE], ids=["third"])

    assert names(found) == ["third", "first", "second"]


def test_a_place_for_another_matter_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    # given
    found = written(
        tmp_path,
        ENTRY.format(id="cards", types="repair") + "  topics: [identity_card, digital_key]\n",
        ENTRY.format(id="telecom", types="repair") + "  topics: [telecom_dispute]\n",
        ENTRY.format(id="untold", types="repair"),
    )
    topics = [Topic.IDENTITY_CARD]
    # then
    assert names(found.query(topics=topics)) == ["cards"]
    assert names(found.query(types=[ReferralType.REPAIR], topics=topics)) == ["cards"]
    assert names(found.query(types=[ReferralType.MATERIAL], topics=topics)) == []
    assert names(found.query(topics=topics, ids=["untold"])) == ["untold", "cards"]


def test_an_ended_offer_is_hidden_the_day_after(three: Directory) -> None:
    repair = [ReferralType.REPAIR]

    assert "third" in names(three.query(types=repair, today=date(2026, 6, 30)))
    assert "third" not in names(three.query(types=repair, today=date(2026, 7, 1)))


def test_one_place_is_found_by_its_id(three: Directory) -> None:
    found = three.find("second")

    assert found is not None
    assert found.name("nl") == "second"
    assert three.find("nobody") is None


def test_a_place_without_a_type_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        written(tmp_path, ENTRY.format(id="good", types="repair"), ENTRY.format(id="bad", types=""))

    assert (
        caught.value.faults[0].code,
        caught.value.faults[0].key,
        caught.value.faults[0].line,
    ) == (FaultCode.MISSING_KEY, "[bad].types", 10)


def test_every_referral_type_of_a_shipped_step_finds_somebody() -> None:
    content = load_content()

    for task in content.tasks.values():
        for step in task.steps:
            if step.kind == "refer":
                assert content.directory.query(
                    types=getattr(step.data, "types", ()),
                    ids=getattr(step.data, "organisations", ()),
                ), f"{task.id}.{step.id}"


def test_what_nobody_checked_is_not_claimed_as_checked() -> None:
    directory = load_content().directory

    assert {None} == {o.checked_on for o in directory.organisations}
    assert all(o.source.title for o in directory.organisations)


def test_a_name_of_two_languages_is_met_in_french_by_all_but_dutch_readers(tmp_path: Path) -> None:
    entry = ENTRY.format(id="desk", types="repair")
    found = written(
        tmp_path, entry.replace("name: desk", "name: {nl: Gemeentehuis, fr: Maison communale}")
    ).find("desk")

    assert found is not None
    told = {locale: found.name(locale) for locale in ("nl", "fr", "en", "ar")}
    assert told == {
        "nl": "Gemeentehuis",
        "fr": "Maison communale",
        "en": "Maison communale",
        "ar": "Maison communale",
    }


def test_the_languages_of_help_are_told_to_who_reads_another_and_only_if_known(
    three: Directory,
) -> None:
    told = {o.id: [o.speaks_only(locale) for locale in ("ar", "fr")] for o in three.organisations}

    assert told == {"first": [(), ()], "second": [(), ("ar",)], "third": [(), ()]}


def test_a_language_of_help_without_a_name_of_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        written(tmp_path, ENTRY.format(id="one", types="repair") + "  languages: [dutch]\n")

    assert caught.value.faults[0].code is FaultCode.UNKNOWN_VALUE
