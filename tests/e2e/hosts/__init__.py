"""The two switches the suite runs on."""

from hosts.freeswitch import FreeSwitch
from hosts.miniswitch import MiniSwitch

HOSTS = {host.name: host for host in (MiniSwitch, FreeSwitch)}
