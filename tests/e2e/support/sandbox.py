"""What systemd and container engines do to a process, where neither runs. confined() puts it under the seccomp filters of a unit: system
calls and address families that the unit does not allow fail with EPERM, and memory is never writable and executable at once.
read_only_root() lets it write in one folder only."""
import ctypes
import ctypes.util
import mmap
import os
import re
import shutil
import socket
import subprocess

_ALLOW, _EPERM, _EQUAL, _MASKED = 0x7FFF0000, 0x00050001, 4, 7
_WRITE_EXEC = mmap.PROT_WRITE | mmap.PROT_EXEC


_NEW_NAMESPACE, _RDONLY, _REMOUNT, _BIND, _REC, _PRIVATE = 0x20000, 1, 32, 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


class _Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def missing():
    """Why there is no sandbox here; None when there is one."""
    if not shutil.which("systemd-analyze"):
        return "no systemd-analyze here (package systemd)"
    return None if ctypes.util.find_library("seccomp") else "no libseccomp here"


def _sets():
    """{"@default": ["brk", …], …} as this systemd has them."""
    said = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    found, name = {}, None
    for line in said.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = []
        elif name and line.strip() and not line.strip().startswith("#"):
            found[name].append(line.strip())
    return found


def _calls(names, sets):
    return {call for name in names for call in (_calls(sets[name], sets) if name.startswith("@") else [name])}


def allowed_calls(unit):
    """The names of system calls that the text of a unit allows."""
    sets, allowed = _sets(), set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        if value.startswith("~"):
            allowed -= _calls(value[1:].split(), sets)
        else:
            allowed |= _calls(value.split(), sets)
    return allowed


def confined(unit):
    """A before_exec that puts the process under the filters of a unit's text."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.POINTER(_Compare)]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    families = [getattr(socket, name) for name in re.search(r"^RestrictAddressFamilies=(.*)$", unit, re.M).group(1).split()]
    calls = allowed_calls(unit)

    def rule(context, action, name, *compares):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # a set may name calls of other machines
            array = (_Compare * max(len(compares), 1))(*compares)
            assert library.seccomp_rule_add_array(context, action, number, len(compares), array) == 0, name

    def before_exec():
        strict = library.seccomp_init(_EPERM)
        for name in calls - {"socket"}:
            rule(strict, _ALLOW, name)
        for family in families:
            rule(strict, _ALLOW, "socket", _Compare(0, _EQUAL, family, 0))
        memory = library.seccomp_init(_ALLOW)
        if re.search(r"^MemoryDenyWriteExecute=yes$", unit, re.M):
            rule(memory, _EPERM, "mmap", _Compare(2, _MASKED, _WRITE_EXEC, _WRITE_EXEC))
            for name in ("mprotect", "pkey_mprotect"):
                rule(memory, _EPERM, name, _Compare(2, _MASKED, mmap.PROT_EXEC, mmap.PROT_EXEC))
        assert library.seccomp_load(memory) == 0
        assert library.seccomp_load(strict) == 0
    return before_exec


def read_only_root(*folders):
    """A before_exec that makes the root file system read-only but for `folders`; None where only root could. Other file
    systems that are mounted below the root stay as they are."""
    if os.geteuid() != 0:
        return None

    def mount(source, target, flags):
        if _libc.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
            raise OSError(ctypes.get_errno(), f"mount {target}")

    def before_exec():
        if _libc.unshare(_NEW_NAMESPACE) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        mount("none", "/", _REC | _PRIVATE)
        for folder in folders:
            mount(folder, folder, _BIND)
        mount("/", "/", _REMOUNT | _BIND | _RDONLY)
    return before_exec
