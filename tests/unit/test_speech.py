"""Reading aloud with the real engine: into a file, into nothing, and without a sound device."""

from __future__ import annotations

import shutil
import socket
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.speech import Speech
from provisioning.twin.house import find_sound
from tests.driving.twin import until
from tests.driving.visiting import LANGUAGES

SECRET = "Zonnebloemkaai vierduizend zevenhonderd elf"
Engine = Callable[[str], str]


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """Return a folder with a sound device that plays."""
    folder = tmp_path / "snd"
    folder.mkdir()
    (folder / "pcmC0D0p").touch()
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Give a way to the real engine with something before its own words; it notes how it is run."""
    real = shutil.which("espeak-ng")
    if real is None:
        pytest.skip("espeak-ng is not installed")

    def make(before: str) -> str:
        script = tmp_path / "engine"
        script.write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/run\nexec {before.format(real=real)} "$@"\n'
        )
        script.chmod(0o755)
        return str(script)

    return make


def seconds(path: Path) -> float:
    """Return how long a whole recording is, 0 while there is none."""
    try:
        with wave.open(str(path)) as sound:
            frames: int = sound.getnframes()
            rate: int = sound.getframerate()
            return frames / rate
    except (OSError, EOFError, wave.Error):
        return 0.0


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_has_a_voice_and_what_is_said_is_in_no_command(
    engine: Engine, devices: Path, tmp_path: Path, locale: str
) -> None:
    # given
    sound = tmp_path / "said.wav"
    speech = Speech(engine(f"{{real}} -w {sound}"), devices)
    assert not speech.can_speak(locale)
    speech.try_voices(LANGUAGES)
    assert speech.can_speak(locale)
    # when
    speech.say(SECRET, locale)
    # then
    until(lambda: seconds(sound) > 1, "a sentence of more than a second")
    speech.hush()
    run = (tmp_path / "run").read_text()
    assert "--stdin" in run
    assert not any(word in run for word in SECRET.split())


def test_a_sound_device_that_takes_everything_is_spoken_to(
    engine: Engine, devices: Path, tmp_path: Path
) -> None:
    config = tmp_path / "asound.conf"
    config.write_text("pcm.!default { type null }\nctl.!default { type null }\n")
    nothing = f"env -i ALSA_CONFIG_PATH={config} {{real}}"

    speech = Speech(engine(nothing), devices)
    speech.try_voices(["nl"])

    assert speech.can_speak("nl")


def test_a_sound_device_that_cannot_be_opened_is_not_pretended(
    engine: Engine, devices: Path, tmp_path: Path
) -> None:
    speech = Speech(engine("env -i ALSA_CONFIG_PATH=/nowhere {real}"), devices)
    speech.try_voices(["nl"])

    assert not speech.can_speak("nl")
    speech.say(SECRET, "nl")

    # Tried once, with nothing to say, and never again in this visit.
    assert len((tmp_path / "run").read_text().splitlines()) == 1


def test_without_a_sound_device_the_engine_is_not_even_tried(
    engine: Engine, tmp_path: Path
) -> None:
    speech = Speech(engine("{real}"), tmp_path / "no-devices")
    speech.try_voices(["nl"])

    assert not speech.can_speak("nl")
    speech.say(SECRET, "nl")

    assert not (tmp_path / "run").exists()


def test_a_desktops_sound_server_is_all_that_the_kiosk_learns_of_the_desktop(
    tmp_path: Path,
) -> None:
    desktop = {"XDG_RUNTIME_DIR": str(tmp_path), "SESSION": "of somebody"}
    assert find_sound(desktop) == {}
    assert find_sound({}) == {}
    # when one listens
    (tmp_path / "pulse").mkdir()
    server = tmp_path / "pulse" / "native"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(server))
        # then
        assert find_sound(desktop) == {"PULSE_SERVER": f"unix:{server}"}


@pytest.mark.parametrize("program", ["/nowhere/espeak-ng", "/bin/false"])
def test_an_engine_that_is_none_is_silent_and_ends_nothing(devices: Path, program: str) -> None:
    speech = Speech(program, devices)
    speech.try_voices(["nl"])
    assert not speech.can_speak("nl")
    speech.say(SECRET, "nl")


def test_a_language_without_a_voice_is_not_read(engine: Engine, devices: Path) -> None:
    speech = Speech(engine("{real} -q"), devices)
    speech.try_voices(["nl", "ti"])
    assert [speech.can_speak(locale) for locale in ("nl", "ti")] == [True, False]


def test_an_engine_that_dies_at_once_ends_no_visit(devices: Path, tmp_path: Path) -> None:
    # given: it has a voice when it is tried, and none when it is needed
    fickle = tmp_path / "fickle"
    fickle.write_text(f"#!/bin/sh\ntest -e {tmp_path}/once && exit 1\ntouch {tmp_path}/once\n")
    fickle.chmod(0o755)
    speech = Speech(str(fickle), devices)
    speech.try_voices(["nl"])
    assert speech.can_speak("nl")
    # when, then
    speech.say(SECRET * 5000, "nl")
    speech.hush()
