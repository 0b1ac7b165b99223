"""Which drivers pcscd has, which readers they list, and which readers need another one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from device.doctor.bus import UsbDevice
from device.doctor.evidence import DriverState, Usb, UsbReader

FOLDER = Path("/usr/lib/pcsc/drivers")
"""Where pcscd looks for bundles; each lists its readers in Contents/Info.plist."""
CCID_IDENTIFIER = "fr.apdu.ccid.smartcardccid"

_ACS, _CYBERJACK = "libacsccid1", "libifd-cyberjack6"
OTHER_DRIVERS: Mapping[str, tuple[str, str]] = {
    "072F:9000": ("ACS ACR38U", _ACS),
    "072F:90CE": ("IRIS SCR21U", _ACS),
    "072F:90CF": ("ACS ACR38U-SAM", _ACS),
    "08E6:0430": ("Gemplus GemPC430", "libgempc430"),
    "08E6:0432": ("Gemplus GemPC432", "libgempc430"),
    "08E6:0435": ("Gemplus GemPC435", "libgempc430"),
    "0DC3:0802": ("Athena ASEDrive IIIe", "libasedrive-usb"),
    "0DC3:1104": ("Athena ASEDrive IIIe KB", "libasedrive-usb"),
    "0C4B:0300": ("REINER SCT cyberJack pinpad", _CYBERJACK),
    "0C4B:0400": ("REINER SCT cyberJack e-com", _CYBERJACK),
    "0C4B:0401": ("REINER SCT cyberJack pinpad", _CYBERJACK),
    "0C4B:0412": ("REINER SCT cyberJack secoder", _CYBERJACK),
    "0C4B:0500": ("REINER SCT cyberJack RFID standard", _CYBERJACK),
    "0C4B:0501": ("REINER SCT cyberJack RFID komfort", _CYBERJACK),
    "0C4B:0502": ("REINER SCT cyberJack compact", _CYBERJACK),
    "0C4B:0503": ("REINER SCT cyberJack RFID universal", _CYBERJACK),
    "0C4B:0505": ("REINER SCT cyberJack wave", _CYBERJACK),
}
"""Readers that libccid does not take, and Debian's package that does.

Source: the packages' own Info.plist in Debian 12 (libacsccid1 1.1.8, libgempc430 1.0.8,
libasedrive-usb 3.7, libifd-cyberjack6 3.99.5), none of these in that of libccid 1.5.2. The ACR38U
also works with libacr38u, which Debian no longer has.
"""
_DRIVERS_BY_VENDOR = {"072F": _ACS, "0C4B": _CYBERJACK}
"""Makers whose own driver lists more of their CCID readers than libccid does."""

NEEDS_LIBCCID: Mapping[str, str] = {"058F:9520": "1.5.2", "058F:9540": "1.5.2"}
"""Alcor AU9520 and AU9540/AU9560 (one id): libccid 1.5.2 takes away the speeds at which they fail.

Source: libccid's changelog, 1.5.2; its issues 84 and 142. The card answers at first and breaks off
in the middle of a file, so that a card which answers is no proof that this reader is well.
"""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_STRING = re.compile(r"<string>\s*([^<]*?)\s*</string>")
_HEX = re.compile(r"0x([0-9A-Fa-f]{4})")


@dataclass(frozen=True, slots=True)
class Drivers:
    """Hold what is installed: readers by id with the driver's name for them, libccid's release."""

    models: Mapping[str, str]
    libccid: str


def installed(folder: Path = FOLDER) -> Drivers:
    """Return the drivers in the folder's bundles; none where there is no such folder."""
    models: dict[str, str] = {}
    libccid = ""
    for plist in sorted(folder.glob("*.bundle/Contents/Info.plist")):
        try:
            text = _COMMENT.sub("", plist.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
        models |= _models(text)
        if CCID_IDENTIFIER in _after(text, "CFBundleIdentifier", 1):
            libccid = next(iter(_after(text, "CFBundleShortVersionString", 1)), "")
    return Drivers(models, libccid)


def readers_among(found: Iterable[UsbDevice], drivers: Drivers) -> Usb:
    """Return which of the devices are readers, and which driver takes them."""
    readers = (_reader(device, drivers) for device in found)
    return Usb(tuple(one for one in readers if one is not None), drivers.libccid)


def _reader(device: UsbDevice, drivers: Drivers) -> UsbReader | None:
    other_model, package = OTHER_DRIVERS.get(device.id, ("", ""))
    model = drivers.models.get(device.id) or other_model or device.product or device.id
    if device.id in drivers.models:
        wanted = NEEDS_LIBCCID.get(device.id)
        is_old = wanted is not None and _release(drivers.libccid) < _release(wanted)
        return UsbReader(device.id, model, DriverState.OLD if is_old else DriverState.LISTED)
    if not package and device.is_ccid:
        package = _DRIVERS_BY_VENDOR.get(device.id.partition(":")[0], "")
        if not package:
            return UsbReader(device.id, model, DriverState.UNLISTED)
    return UsbReader(device.id, model, DriverState.OTHER, package) if package else None


def _models(text: str) -> dict[str, str]:
    vendors = _after(text, "ifdVendorID")
    products = _after(text, "ifdProductID")
    names = _after(text, "ifdFriendlyName")
    rows = zip(vendors, products, names, strict=False)
    return {
        f"{vendor[1]}:{product[1]}".upper(): name
        for v, p, name in rows
        if (vendor := _HEX.fullmatch(v)) and (product := _HEX.fullmatch(p))
    }


def _after(text: str, key: str, most: int | None = None) -> list[str]:
    """Return the strings between this key and the next.

    As pcscd reads it, which is not as XML: lists of Debian's older drivers are never closed.
    """
    _, found, rest = text.partition(f"<key>{key}</key>")
    return _STRING.findall(rest.partition("<key>")[0])[:most] if found else []


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
