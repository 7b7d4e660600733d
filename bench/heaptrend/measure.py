"""What commands cost, and how sure a difference between them is."""

import math
import os
import statistics

MEGABYTE = 1e6
# Student's t for 97.5 %, by degrees of freedom.
T_95 = (math.inf, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


class Failed(Exception):
    """A command ended otherwise than it should."""


def measured(command, environment=None, statuses=(0,)):
    """CPU seconds and the largest resident set, in MB, of a command and its children."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        try:
            os.execvpe(command[0], command, {**os.environ, **(environment or {})})
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in statuses:
        raise Failed(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE


def mean_with_error(values):
    """The mean and half of its 95 % interval."""
    if len(values) < 2:
        return values[0], math.inf
    t = T_95[min(len(values) - 1, len(T_95) - 1)]
    return statistics.mean(values), t * statistics.stdev(values) / math.sqrt(len(values))


def pairs_with(name, rounds):
    """`rounds`: name -> one value a round. What `name` costs, and what it costs more than each of the others, by pairs of
    the same round."""
    result = {}
    for other, values in rounds.items():
        more, error = mean_with_error([a - b for a, b in zip(rounds[name], values)])
        result[other] = {"mean": statistics.mean(values), "values": values}
        if other != name:
            result[other].update({"more_of_" + name.split()[0]: more, "error_95": error})
    return result
