"""From what was seen to what is wrong. Pure: the same evidence, the same report.

A check that cannot be told because of an earlier one is NOT_REACHED; so the first WRONG is the
cause and not a consequence.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import assert_never

from device.card.atr import EID_GENERATIONS
from device.card.status import CardFinding
from device.card.survey import ServiceAnswer, Slot
from device.doctor.drivers import NEEDS_LIBCCID
from device.doctor.evidence import CardLook, DriverState, Ending, Evidence, Knock, UsbReader
from device.doctor.report import Check, Finding, Keyword, Report, Result

_LIFE_CYCLES = {
    0x0F: (Result.FINE, Keyword.ACTIVE),
    0x8A: (Result.FINE, Keyword.ACTIVE),
    0x07: (Result.WRONG, Keyword.NOT_PERSONALISED),
    0xFF: (Result.WRONG, Keyword.LOCKED),
}
"""Byte 27 of GET CARD DATA. 0F: personalised, which is what every card in use says; one source
calls it deactivated, and 8A activated (eid.md, 1.4)."""

_WIRELESS = re.compile(r"\b(PICC|CL|NFC|RFID|contactless|FeliCa|Prox)\b", re.IGNORECASE)
"""What wireless slots are called in the names of readers."""
_NUMBERS = re.compile(r"( \([^)]*\))?( [0-9A-F]{2}){2}$")
_GONE = frozenset({CardFinding.REMOVED, CardFinding.NO_CARD, CardFinding.NO_READER})


def judge(seen: Evidence) -> Report:
    """Return what is wrong, as far as was seen."""
    found: dict[Check, Finding] = {}
    for check, look in _LOOKS.items():
        found[check] = look(seen, found)
    return Report(tuple(found.values()))


Found = Mapping[Check, Finding]


def _bus(seen: Evidence, found: Found) -> Finding:
    if not seen.has_looked_at_usb:
        return _unfinished(Check.BUS, seen)
    if seen.usb is None or (not seen.usb.readers and _slots(seen)):
        return Finding(Check.BUS, Result.UNKNOWN, Keyword.NOT_ON_USB)
    if not seen.usb.readers:
        return Finding(Check.BUS, Result.WRONG, Keyword.NOTHING_PLUGGED)
    models = ", ".join(f"{one.model} ({one.id})" for one in seen.usb.readers)
    return Finding(Check.BUS, Result.FINE, Keyword.FOUND, {"model": models})


def _driver(seen: Evidence, found: Found) -> Finding:
    if found[Check.BUS].result is not Result.FINE or seen.usb is None:
        if found[Check.BUS].keyword is Keyword.NOT_ON_USB:
            return Finding(Check.DRIVER, Result.UNKNOWN, Keyword.NOT_ON_USB)
        return _not_reached(Check.DRIVER)
    readers = {one.driver: one for one in reversed(seen.usb.readers)}
    listed = readers.get(DriverState.LISTED)
    if listed is not None:
        data = {"model": listed.model, "version": seen.usb.libccid}
        return Finding(Check.DRIVER, Result.FINE, Keyword.LISTED, data)
    # Whatever pcscd names has a driver; a reader beside it that has none is no cause.
    is_cause = Result.UNKNOWN if _slots(seen) else Result.WRONG
    if (old := readers.get(DriverState.OLD)) is not None:
        return Finding(Check.DRIVER, Result.WRONG, Keyword.OLD_DRIVER, _too_old(old, seen))
    if (other := readers.get(DriverState.OTHER)) is not None:
        data = {"model": other.model, "package": other.package}
        return Finding(Check.DRIVER, is_cause, Keyword.OTHER_DRIVER, data)
    unlisted = readers[DriverState.UNLISTED]
    data = {"model": unlisted.model, "version": seen.usb.libccid}
    return Finding(Check.DRIVER, is_cause, Keyword.NOT_LISTED, data)


def _too_old(reader: UsbReader, seen: Evidence) -> dict[str, str]:
    version = seen.usb.libccid if seen.usb else ""
    return {"model": reader.model, "version": version, "wanted": NEEDS_LIBCCID[reader.id]}


def _service(seen: Evidence, found: Found) -> Finding:
    service = seen.service
    if service is None:
        return _unfinished(Check.SERVICE, seen)
    if service.knock is Knock.NOBODY:
        return Finding(Check.SERVICE, Result.WRONG, Keyword.NOT_RUNNING)
    if not service.has_library:
        return Finding(Check.SERVICE, Result.WRONG, Keyword.NO_LIBRARY)
    if service.survey.answer is ServiceAnswer.OTHER_VERSION:
        return Finding(Check.SERVICE, Result.WRONG, Keyword.OTHER_VERSION)
    if service.knock is Knock.NOT_TRIED and service.survey.answer is not ServiceAnswer.ANSWERED:
        return Finding(Check.SERVICE, Result.WRONG, Keyword.NOT_RUNNING)
    return Finding(Check.SERVICE, Result.FINE, Keyword.RUNS)


def _permission(seen: Evidence, found: Found) -> Finding:
    if seen.service is None or found[Check.SERVICE].result is not Result.FINE:
        return _not_reached(Check.PERMISSION)
    if seen.service.knock is Knock.FORBIDDEN:
        return Finding(Check.PERMISSION, Result.WRONG, Keyword.DENIED, {"action": "socket"})
    if seen.service.survey.answer is not ServiceAnswer.ANSWERED:
        # It took the connection and hung up. Whether libpcsclite calls that no service, a broken
        # line or a refusal depends on its release and on who was faster.
        return Finding(Check.PERMISSION, Result.WRONG, Keyword.DENIED, {"action": "access_pcsc"})
    if seen.card is not None and seen.card.reason == "denied":
        return Finding(Check.PERMISSION, Result.WRONG, Keyword.DENIED, {"action": "access_card"})
    return Finding(Check.PERMISSION, Result.FINE, Keyword.ALLOWED)


def _reader(seen: Evidence, found: Found) -> Finding:
    if found[Check.PERMISSION].result is not Result.FINE:
        return _not_reached(Check.READER)
    named = _slots(seen)
    if not named:
        causes = {found[Check.BUS].result, found[Check.DRIVER].result}
        if Result.WRONG in causes:
            return _not_reached(Check.READER)
        return Finding(Check.READER, Result.WRONG, Keyword.NOT_NAMED, _models(seen))
    slots = [slot for slot in named if seen.only in slot.name]
    if not slots:
        data = {"wanted": seen.only, "reader": ", ".join(slot.name for slot in named)}
        return Finding(Check.READER, Result.WRONG, Keyword.NO_SUCH_NAME, data)
    readers = list(dict.fromkeys(_NUMBERS.sub("", slot.name) for slot in slots))
    data = {"reader": ", ".join(readers)}
    cards = [slot for slot in slots if slot.is_present]
    if all(_is_wireless(slot) for slot in cards or slots):
        return Finding(Check.READER, Result.WRONG, Keyword.CONTACTLESS, data)
    keyword = Keyword.SEVERAL if len(readers) > 1 else Keyword.NAMED
    return Finding(Check.READER, Result.FINE, keyword, data)


def _card(seen: Evidence, found: Found) -> Finding:
    if found[Check.READER].result is not Result.FINE:
        return _not_reached(Check.CARD)
    slots = [slot for slot in _slots(seen) if seen.only in slot.name]
    if seen.card is None:
        if not any(slot.is_present for slot in slots):
            return Finding(Check.CARD, Result.WRONG, Keyword.NO_CARD)
        return _unfinished(Check.CARD, seen)
    if seen.card.finding is CardFinding.NO_CARD:
        return Finding(Check.CARD, Result.WRONG, Keyword.NO_CARD)
    if seen.card.finding in _GONE:
        return Finding(Check.CARD, Result.WRONG, Keyword.REMOVED)
    if seen.card.finding is CardFinding.MUTE:
        return Finding(Check.CARD, Result.WRONG, Keyword.MUTE)
    return Finding(Check.CARD, Result.FINE, Keyword.ANSWERS)


def _atr(seen: Evidence, found: Found) -> Finding:
    card = _talking(seen, found)
    if card is None or not card.atr:
        return _not_reached(Check.ATR)
    data = {"atr": card.atr, "applet": EID_GENERATIONS.get(bytes.fromhex(card.atr), "")}
    if data["applet"]:
        return Finding(Check.ATR, Result.FINE, Keyword.KNOWN, data)
    # Rare and personalised anew: never a reason to refuse it.
    return Finding(Check.ATR, Result.UNKNOWN, Keyword.STRANGE, data)


def _applet(seen: Evidence, found: Found) -> Finding:
    card = _talking(seen, found)
    if card is None:
        return _not_reached(Check.APPLET)
    match card.finding:
        case None:
            applet = card.applet or 0
            data = {"applet": f"{applet >> 4}.{applet & 0xF}"}
            return Finding(Check.APPLET, Result.FINE, Keyword.EID, data)
        case CardFinding.NOT_ACTIVATED:
            # It refuses every command, which only an eID does that was never activated.
            return Finding(Check.APPLET, Result.UNKNOWN, Keyword.NOT_ACTIVATED)
        case CardFinding.FOREIGN:
            return Finding(Check.APPLET, Result.WRONG, Keyword.NOT_EID)
        case _:
            return Finding(Check.APPLET, Result.WRONG, Keyword.UNREADABLE, {"why": card.reason})


def _activation(seen: Evidence, found: Found) -> Finding:
    card = _talking(seen, found)
    if card is None or found[Check.APPLET].result is Result.WRONG:
        return _not_reached(Check.ACTIVATION)
    if card.finding is CardFinding.NOT_ACTIVATED:
        return Finding(Check.ACTIVATION, Result.WRONG, Keyword.NOT_ACTIVATED)
    known = _LIFE_CYCLES.get(card.life_cycle or 0)
    if known is None:
        data = {"life_cycle": f"{card.life_cycle or 0:02X}"}
        return Finding(Check.ACTIVATION, Result.UNKNOWN, Keyword.UNHEARD_OF, data)
    return Finding(Check.ACTIVATION, *known)


def _expiry(seen: Evidence, found: Found) -> Finding:
    reached = found[Check.ACTIVATION].result in (Result.FINE, Result.UNKNOWN)
    if not reached or found[Check.APPLET].result is not Result.FINE:
        return _not_reached(Check.EXPIRY)
    if seen.issuer is None:
        return _unfinished(Check.EXPIRY, seen)
    if not seen.issuer.until:
        return Finding(Check.EXPIRY, Result.UNKNOWN, Keyword.ISSUER_UNREADABLE)
    data = {"until": seen.issuer.until}
    if seen.issuer.is_past:
        return Finding(Check.EXPIRY, Result.WRONG, Keyword.ISSUER_EXPIRED, data)
    # The card's own last day stands in its identity file, which is not read.
    return Finding(Check.EXPIRY, Result.UNKNOWN, Keyword.ISSUER_IN_DATE, data)


_LOOKS: Mapping[Check, Callable[[Evidence, Found], Finding]] = MappingProxyType(
    {
        Check.BUS: _bus,
        Check.DRIVER: _driver,
        Check.SERVICE: _service,
        Check.PERMISSION: _permission,
        Check.READER: _reader,
        Check.CARD: _card,
        Check.ATR: _atr,
        Check.APPLET: _applet,
        Check.ACTIVATION: _activation,
        Check.EXPIRY: _expiry,
    }
)


def _unfinished(check: Check, seen: Evidence) -> Finding:
    """Say of the check at which the examination ended that it did, of what follows nothing."""
    match seen.ending:
        case Ending.TOO_SLOW:
            return Finding(check, Result.WRONG, Keyword.TOO_SLOW)
        case Ending.FELL_OVER | Ending.DONE:
            return Finding(check, Result.WRONG, Keyword.FELL_OVER)
        case Ending.CANCELLED:
            return _not_reached(check)
        case _:
            assert_never(seen.ending)


def _not_reached(check: Check) -> Finding:
    return Finding(check, Result.NOT_REACHED, Keyword.NOT_REACHED)


def _talking(seen: Evidence, found: Found) -> CardLook | None:
    return seen.card if found[Check.CARD].result is Result.FINE else None


def _slots(seen: Evidence) -> tuple[Slot, ...]:
    return seen.service.survey.slots if seen.service is not None else ()


def _models(seen: Evidence) -> dict[str, str]:
    readers = seen.usb.readers if seen.usb is not None else ()
    return {"model": ", ".join(one.model for one in readers)}


def _is_wireless(slot: Slot) -> bool:
    """Tell whether a slot sees only the wireless side of a card: by its card, or else its name."""
    if slot.is_present and slot.atr:
        # A reader makes such an ATR up for any wireless card (PC/SC part 3, 3.1.3.2.3).
        return re.match(r"3B8.8001", slot.atr) is not None
    return not slot.is_present and _WIRELESS.search(slot.name) is not None
