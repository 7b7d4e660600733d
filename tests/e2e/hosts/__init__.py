"""The two switches the suite runs on."""

from hosts.freeswitch import FreeSwitch
from hosts.miniswitch import MiniSwitch

HOSTS = {host.name: host for host in (MiniSwitch, FreeSwitch)}


def choose(options, name=None):
    """The switch of this name, or FreeSWITCH where it is there, else miniswitch; says why not one of them. None: none."""
    for candidate in [name] if name else ["freeswitch", "miniswitch"]:
        reason = HOSTS[candidate].why_not(options)
        if not reason:
            return HOSTS[candidate]
        print(f"not on {candidate}: {reason}", flush=True)
    return None
