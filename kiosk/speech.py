"""Reading aloud, offline: text goes to the engine's standard input, never to a file or a log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_VOICES = {"nl": "nl", "fr": "fr-be", "en": "en-gb", "de": "de", "ar": "ar"}
_WORDS_PER_MINUTE = "145"


class Speech:
    """espeak-ng as a child of the visit: it dies with it. Silent where it is not installed."""

    def __init__(self, program: str | None = None) -> None:
        self._program = program or shutil.which("espeak-ng")
        self._speaking: subprocess.Popen[bytes] | None = None

    def can_speak(self, locale: str) -> bool:
        """Tell whether there is an engine, a voice and a sound device."""
        has_sound = any(Path("/dev/snd").glob("pcm*p"))
        return self._program is not None and has_sound and locale in _VOICES

    def say(self, text: str, locale: str) -> None:
        """Speak `text`; what was being said stops. Nothing happens without a voice."""
        self.hush()
        if self._program is None or not self.can_speak(locale):
            return
        self._speaking = subprocess.Popen(
            [self._program, "-v", _VOICES[locale], "-s", _WORDS_PER_MINUTE, "--stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._speaking.stdin is not None:
            self._speaking.stdin.write(text.encode())
            self._speaking.stdin.close()

    def hush(self) -> None:
        """Stop speaking."""
        if self._speaking is not None:
            self._speaking.kill()
            self._speaking.wait(1)
            self._speaking = None
