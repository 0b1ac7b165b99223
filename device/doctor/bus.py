"""The readers on the USB bus, as the kernel lists them in sysfs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/bus/usb/devices")
CCID_CLASS = "0b"
"""Smart card device class (USB-IF class codes); readers older than CCID have ff."""
_MODEL_CHARS = 40
_UNPRINTABLE = re.compile(r"[^ -~]+")


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """Hold one device: "072F:9000", what it calls itself, whether it says it is a card reader."""

    id: str
    product: str
    is_ccid: bool


def devices(folder: Path = SYSFS) -> tuple[UsbDevice, ...] | None:
    """Return all devices on the bus, in the kernel's order; None where there is no USB to see.

    `folder` holds one entry a device (idVendor, idProduct, product) and one an interface
    ("1-1:1.0" with bInterfaceClass). A device that goes while we look is not there.
    """
    if not folder.is_dir():
        return None
    entries = sorted(folder.iterdir())
    return tuple(one for entry in entries if (one := _device(entry, folder)) is not None)


def _device(entry: Path, folder: Path) -> UsbDevice | None:
    vendor, product = _said(entry / "idVendor"), _said(entry / "idProduct")
    if not vendor or not product:
        return None
    return UsbDevice(
        id=f"{vendor}:{product}".upper(),
        product=_name(entry),
        is_ccid=CCID_CLASS in _classes(entry.name, folder),
    )


def _classes(device: str, folder: Path) -> Iterator[str]:
    for interface in folder.glob(f"{device}:*"):
        yield _said(interface / "bInterfaceClass").lower()


def _name(entry: Path) -> str:
    """Return maker and product as the device says them: any bytes, so cut to plain letters."""
    untrusted = f"{_said(entry / 'manufacturer')} {_said(entry / 'product')}"
    return " ".join(_UNPRINTABLE.sub(" ", untrusted).split())[:_MODEL_CHARS].strip()


def _said(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
