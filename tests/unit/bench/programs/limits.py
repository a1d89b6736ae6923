"""Tells its limits, user, groups, session, umask, environment and open descriptors as JSON."""

import json
import os
import pathlib
import resource

limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("CORE", "NOFILE", "FSIZE")}
umask = os.umask(0)
opened = [int(entry.name) for entry in pathlib.Path("/proc/self/fd").iterdir()]
facts = {
    "limits": limits,
    "uid": os.getuid(),
    "gid": os.getgid(),
    "groups": os.getgroups(),
    "leads": os.getsid(0) == os.getpid() == os.getpgid(0),
    "pid": os.getpid(),
    "umask": umask,
    "env": dict(os.environ),
    "descriptors": sorted(fd for fd in opened if pathlib.Path(f"/proc/self/fd/{fd}").is_symlink()),
}
print(json.dumps(facts))
