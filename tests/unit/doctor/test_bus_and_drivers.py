"""What the kernel says is plugged in, and what pcscd's drivers list."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.doctor import bus, drivers
from device.doctor.bus import UsbDevice
from device.doctor.drivers import NEEDS_LIBCCID, OTHER_DRIVERS
from device.doctor.evidence import DriverState
from tests.unit.doctor.stage import ACR38U, ALCOR, CCID, GEMALTO, KEYBOARD, install, plug

LIBCCID = Path("/etc/libccid_Info.plist")

# As Debian ships it: a list that is never closed.
UNCLOSED = """<?xml version="1.0"?><plist version="0.9"><dict>
<key>ifdFriendlyName</key><array><string>AseIIIeUSB</string><string>KB</string><array>
<key>ifdProductID</key><array><string>0x0802</string><string>0x1104</string><array>
<key>ifdVendorID</key><array><string>0x0DC3</string><string>0x0DC3</string><array>
</dict></plist>"""


def test_a_bus_is_what_its_folder_lists(tmp_path: Path) -> None:
    plug(tmp_path, KEYBOARD, interface="03")
    plug(tmp_path / "other", GEMALTO)

    assert (UsbDevice("046D:C31C", "Logitech USB Keyboard", is_ccid=False),) == bus.devices(
        tmp_path
    )
    assert (UsbDevice("08E6:3437", "Gemalto USB SmartCard Reader", is_ccid=True),) == bus.devices(
        tmp_path / "other"
    )


def test_a_machine_without_usb_has_no_bus(tmp_path: Path) -> None:
    assert bus.devices(tmp_path / "none") is None


def test_a_device_that_goes_meanwhile_is_not_there(tmp_path: Path) -> None:
    plug(tmp_path, GEMALTO)
    (tmp_path / "1-1" / "idProduct").unlink()

    assert () == bus.devices(tmp_path)


def test_what_a_device_calls_itself_is_cut_to_plain_letters(tmp_path: Path) -> None:
    plug(tmp_path, ("1111", "2222", "Ma\x1b[31mker\u202e", "é" * 10 + "R" * 4000))

    [device] = bus.devices(tmp_path) or ()

    assert device.product.isascii()
    assert device.product.isprintable()
    assert len(device.product) <= 40


def test_a_reader_is_known_by_its_class_by_a_driver_or_by_our_table(tmp_path: Path) -> None:
    # given one of each, and a keyboard
    plug(tmp_path / "usb", GEMALTO, ACR38U, KEYBOARD, interface="ff")
    install(tmp_path / "drivers", CCID)
    # when
    found = bus.devices(tmp_path / "usb") or ()
    usb = drivers.readers_among(found, drivers.installed(tmp_path / "drivers"))
    # then
    assert ["08E6:3437", "072F:9000"] == [one.id for one in usb.readers]
    assert [DriverState.LISTED, DriverState.OTHER] == [one.driver for one in usb.readers]


@pytest.mark.parametrize(
    ("libccid", "state"),
    [
        ("1.4.34", DriverState.OLD),
        ("1.5.1", DriverState.OLD),
        ("1.5.2", DriverState.LISTED),
        ("1.10.0", DriverState.LISTED),
        ("", DriverState.OLD),
    ],
)
def test_a_release_is_compared_by_its_numbers(
    tmp_path: Path, libccid: str, state: DriverState
) -> None:
    plug(tmp_path / "usb", ALCOR)
    install(tmp_path / "drivers", CCID, libccid=libccid)

    found = bus.devices(tmp_path / "usb") or ()
    usb = drivers.readers_among(found, drivers.installed(tmp_path / "drivers"))

    assert [state] == [one.driver for one in usb.readers]


def test_a_driver_whose_list_is_no_xml_is_read_as_pcscd_reads_it(tmp_path: Path) -> None:
    contents = tmp_path / "old.bundle" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_text(UNCLOSED)

    assert {"0DC3:0802": "AseIIIeUSB", "0DC3:1104": "KB"} == drivers.installed(tmp_path).models


def test_the_package_that_a_reader_needed_makes_it_a_listed_one(tmp_path: Path) -> None:
    plug(tmp_path / "usb", ACR38U, interface="ff")
    install(tmp_path / "drivers", {"072f:9000": "ACS ACR38U"})

    found = bus.devices(tmp_path / "usb") or ()
    [reader] = drivers.readers_among(found, drivers.installed(tmp_path / "drivers")).readers

    assert DriverState.LISTED is reader.driver


def test_a_comment_in_a_list_lists_nothing(tmp_path: Path) -> None:
    install(tmp_path, CCID)

    assert {id.upper() for id in CCID} == set(drivers.installed(tmp_path).models)


@pytest.mark.real
def test_the_table_is_right_about_the_libccid_of_this_machine() -> None:
    if not LIBCCID.exists():
        pytest.skip("libccid is not installed")
    listed = drivers.installed()

    assert [] == sorted(set(OTHER_DRIVERS) & set(listed.models))
    assert set() == set(NEEDS_LIBCCID) - set(listed.models)
    assert len(listed.models) > 400
    assert listed.libccid[0].isdigit()
