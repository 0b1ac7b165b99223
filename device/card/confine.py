"""No new process for whoever reads a card: the kernel refuses to make or become one.

A limit of processes (RLIMIT_NPROC) does not hold root, so a filter of system calls does it, through
libseccomp, which systemd brings to every Debian. Threads stay possible.
"""

import ctypes
import errno
import resource

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
"""SCMP_ACT_ALLOW and SCMP_ACT_ERRNO (seccomp.h)."""
_MASKED_EQUAL = 7
"""SCMP_CMP_MASKED_EQ."""
_CLONE_THREAD = 0x00010000
_NEW_PROGRAM = (b"execve", b"execveat")
_NEW_PROCESS = (b"fork", b"vfork")


class _Comparison(ctypes.Structure):
    """One argument of a system call and what it is compared with (struct scmp_arg_cmp)."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def forbid_processes() -> bool:
    """Take from this process, for good, the right to start another; return whether it is gone.

    Needs PR_SET_NO_NEW_PRIVS or root. Without libseccomp only the limit of processes is set, which
    holds everybody but root: then the answer is False.
    """
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return False
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ALLOW))
    if not context:
        return False
    is_ruled = all(
        [
            *(_refuse(library, context, name) for name in _NEW_PROGRAM + _NEW_PROCESS),
            _refuse_clone(library, context),
            # Its flags lie in memory, where no filter looks: "not there" leads back to clone.
            _refuse(library, context, b"clone3", errno.ENOSYS),
        ]
    )
    is_loaded = is_ruled and library.seccomp_load(context) == 0
    library.seccomp_release(context)
    return is_loaded


def _refuse(
    library: ctypes.CDLL, context: ctypes.c_void_p, name: bytes, code: int = errno.EPERM
) -> bool:
    number = library.seccomp_syscall_resolve_name(name)
    if number < 0:
        # A call that this architecture or library does not have is none that could be made.
        return True
    ruled: int = library.seccomp_rule_add(context, _ERRNO | code, number, 0)
    return ruled == 0


def _refuse_clone(library: ctypes.CDLL, context: ctypes.c_void_p) -> bool:
    number = library.seccomp_syscall_resolve_name(b"clone")
    not_a_thread = _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, 0)
    ruled: int = library.seccomp_rule_add_array(
        context, _ERRNO | errno.EPERM, number, 1, ctypes.byref(not_a_thread)
    )
    return ruled == 0
