"""Executed as a script in front of a server, so that the server cannot outlive the process that asked for it.

    python -I -S leash.py END_SIGNAL PARENT_PID UID GID PROGRAM [ARGUMENT ...]

It gives up root if told to, asks the kernel for END_SIGNAL when its parent ends, and becomes PROGRAM. A script
and not a `preexec_fn`, because that one may deadlock in a process with threads; and it is this interpreter that
drops the privileges, because the unprivileged account may not be able to reach it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(end_signal: int, parent: int, *, uid: int, gid: int, command: list[str]) -> None:
    """Never returns: becomes `command`, or exits when the parent is already gone."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":  # after setuid: the kernel forgets the wish when the identity changes
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, end_signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could ask
        raise SystemExit("the process that asked for this server has gone")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and a child would inherit that
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    _signal, _parent, _uid, _gid = (int(word) for word in sys.argv[1:5])
    main(_signal, _parent, uid=_uid, gid=_gid, command=sys.argv[5:])
