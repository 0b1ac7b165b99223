"""Reading aloud, offline: text goes to the engine's standard input, never to a file or a log."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_VOICES = {"nl": "nl", "fr": "fr-be", "en": "en-gb", "de": "de", "ar": "ar"}
_WORDS_PER_MINUTE = "145"
_TRY_LIMIT_S = 1.0
# How espeak-ng says that it cannot open the sound device; its exit status is 0 all the same.
_DEVICE_FAILED = b"error:"


class Speech:
    """espeak-ng as a child of the visit: it dies with it. Silent where it is not installed."""

    def __init__(self, program: str | None = None, devices: Path = Path("/dev/snd")) -> None:
        """Take the engine, the machine's own if there is none, and where sound devices lie."""
        self._program = program or shutil.which("espeak-ng")
        self._devices = devices
        self._tried: dict[str, bool] = {}
        self._speaking: subprocess.Popen[bytes] | None = None

    def can_speak(self, locale: str) -> bool:
        """Tell whether `try_voices` has found that this language is heard."""
        return self._tried.get(locale, False)

    def try_voices(self, locales: Iterable[str]) -> None:
        """Try the engine with nothing to say: has it the voice, does a device take its sound?

        Takes about 20 ms a language, and up to a second where a device hangs.
        """
        if self._program is None or not any(self._devices.glob("pcm*p")):
            return
        for locale in locales:
            self._tried[locale] = locale in _VOICES and self._says_nothing(self._program, locale)

    def say(self, text: str, locale: str) -> None:
        """Speak `text`; what was being said stops. Nothing happens without a voice."""
        self.hush()
        if self._program is None or not self.can_speak(locale):
            return
        try:
            self._speaking = subprocess.Popen(
                _command(self._program, locale),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            self._tried[locale] = False
            return
        if self._speaking.stdin is not None:
            # An engine that died at once ends no visit.
            with suppress(BrokenPipeError):
                self._speaking.stdin.write(text.encode())
            with suppress(BrokenPipeError):
                self._speaking.stdin.close()

    def hush(self) -> None:
        """Stop speaking."""
        if self._speaking is not None:
            self._speaking.kill()
            self._speaking.wait(1)
            self._speaking = None

    def _says_nothing(self, program: str, locale: str) -> bool:
        try:
            tried = subprocess.run(
                _command(program, locale),
                input=b"",
                capture_output=True,
                timeout=_TRY_LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        is_heard = not any(line.startswith(_DEVICE_FAILED) for line in tried.stderr.splitlines())
        return tried.returncode == 0 and is_heard


def _command(program: str, locale: str) -> list[str]:
    """Return the command; what it says comes over its standard input."""
    return [program, "-v", _VOICES[locale], "-s", _WORDS_PER_MINUTE, "--stdin"]
