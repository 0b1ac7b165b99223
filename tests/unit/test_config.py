"""The place profile: what is unknown, missing or not readable is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.pins import Pins
from kiosk.config import ConfigError, HouseRules, load_profile

WHOLE = """
[place]
id = "proef"
name = "Wassalon Proef"
languages = ["nl", "fr"]
kind = "mobile"

[house]
visit_limit_s = 1200
page_cap = 4

[pins]
red = 5

[helpers.employee]
code = "scrypt$00$00"

[helpers.volunteer]
code = "scrypt$00$00"
may_act_instead = false
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "place.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_profile_is_read(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, WHOLE))

    assert profile.place.languages == ("nl", "fr")
    assert profile.house == HouseRules(visit_limit_s=1200, page_cap=4)
    assert profile.pins == Pins(red=5)
    assert [helper.name for helper in profile.helpers] == ["employee", "volunteer"]
    assert [helper.may_act_instead for helper in profile.helpers] == [True, False]


def test_what_is_not_said_is_as_the_house_does_it(tmp_path: Path) -> None:
    text = WHOLE.split("[house]")[0] + "[helpers.employee]\ncode = 'x'\n"

    profile = load_profile(written(tmp_path, text))

    assert (profile.house, profile.pins) == (HouseRules(), Pins())
    assert profile.place.administration_languages == ("nl", "fr")


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ("page_cap", "pagecap", "house.pagecap", "unknown-key"),
        ("red = 5", "rot = 5", "pins.rot", "unknown-key"),
        ("[pins]", "[wires]", "wires", "unknown-key"),
        ("may_act_instead", "may_do_all", "helpers.volunteer.may_do_all", "unknown-key"),
        ('id = "proef"', "", "place", "missing-key"),
        ('code = "scrypt$00$00"', "", "helpers.employee", "missing-key"),
        ("[place]", "[plaats]", "plaats", "unknown-key"),
        ("[place]", "[place", "", "not-readable"),
    ],
)
def test_a_profile_that_cannot_be_used_says_where(
    tmp_path: Path, old: str, new: str, key: str, hint: str
) -> None:
    path = written(tmp_path, WHOLE.replace(old, new))

    with pytest.raises(ConfigError) as raised:
        load_profile(path)

    assert (raised.value.path, raised.value.key, raised.value.hint) == (path, key, hint)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = [", 1, "Invalid value"),
        ('[place]\nid = "proef"\nname = Wassalon\n', 3, "Invalid value"),
        ('[place]\nid = "proef\n', 2, "Illegal character"),
        ("[place]\nid = 1\nid = 2\n\n[house]\n", 3, "Cannot overwrite a value"),
    ],
)
def test_a_profile_that_is_no_toml_says_the_line_the_reason_and_the_remedy(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ConfigError) as raised:
        load_profile(path)

    assert raised.value.line == line
    assert str(raised.value).startswith(f"{path}:{line}: not-readable: mend the TOML at this line")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("page_cap", "pagecap", "known here: visit_limit_s, "),
        ("[pins]", "[wires]", "known here: place, house, pins, helpers"),
        ('id = "proef"', "", "add id"),
    ],
)
def test_a_profile_that_cannot_be_used_says_what_to_do(
    tmp_path: Path, old: str, new: str, remedy: str
) -> None:
    path = written(tmp_path, WHOLE.replace(old, new))

    with pytest.raises(ConfigError) as raised:
        load_profile(path)

    assert remedy in str(raised.value)


def test_a_profile_without_helpers_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE.split("[helpers.employee]", maxsplit=1)[0])

    with pytest.raises(ConfigError) as raised:
        load_profile(path)

    assert (raised.value.key, raised.value.hint) == ("helpers", "missing-key")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_profile_that_is_not_there_or_no_text_is_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "place.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        load_profile(path)

    assert raised.value.hint == "not-readable"


def test_the_profile_of_the_twin_is_whole() -> None:
    twin = Path(__file__).parents[2] / "provisioning" / "twin" / "place.toml"

    text = twin.read_text(encoding="utf-8")

    assert "[place]" in text
    assert "code" not in text.replace("codes", "")
