"""openFPGALoader: a bitstream into a board's FPGA or its flash, and what is wrong where it does not get there."""

from pathlib import Path

from binloom.toolchain import find
from binloom.toolchain.run import ToolError, run

ANY = range(256)  # its statuses say only that something failed; its words say what

# Words of openFPGALoader, of libftdi and of libusb.
NO_PERMISSION = ("usb_open() failed", "libusb_open() failed", "LIBUSB_ERROR_ACCESS", "inappropriate permissions")
NO_CABLE = ("(device not found)", "No DFU compatible device found", "no device found", "Not found")
NOT_BUILT = ("was not enabled at compile time",)


class NoCable(ToolError):
    """No board is connected."""


def flash(file: Path, board: str, name: str, usb: str, *, keep: bool, log: Path, timeout: float = 600.0) -> None:
    """Write a file to a board that openFPGALoader calls `name`, whose cable has the USB id `usb` ("0403:6010").

    With `keep` into the flash, from which the board starts when it is switched on; else into the FPGA itself.
    ToolError with what to do: a board to plug in, a rule for its permission.
    """
    tool = find.openfpgaloader().require()
    way = "--write-flash" if keep else "--write-sram"
    done = run([tool.path, "--board", name, way, file], timeout=timeout, log=log, accept=ANY, env=tool.env)  # type: ignore[list-item]
    if done.status == 0:
        return
    if any(words in done.output for words in NO_PERMISSION):
        raise ToolError(
            f"no permission to use the USB device {usb}; put this line into /etc/udev/rules.d/60-binloom.rules "
            f"and plug the board in again: {rule(usb)}"
        )
    if any(words in done.output for words in NOT_BUILT):
        raise ToolError(
            f"this openFPGALoader was built without the cable of {board}; "
            "install one that has it (apt-get install openfpgaloader)"
        )
    if any(words in done.output for words in NO_CABLE):
        raise NoCable(f"no {board} is connected (no USB device {usb}); plug it in, and see that the cable carries data")
    raise ToolError(f"openFPGALoader failed with status {done.status} (log: {log}):\n  {done.output.strip()[-600:]}")


def rule(usb: str) -> str:
    """The line with which udev lets whoever sits at the machine use a USB device."""
    vendor, product = usb.split(":")
    ids = f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}"'
    return f'SUBSYSTEM=="usb", {ids}, MODE="0660", TAG+="uaccess"'
