"""Thousands of short calls with a service that fails one time in three: nothing is left of them."""

import gc

import inspection
from calls import streaming_call
from case import case
from process import is_mapped
from scripts import cycle, die_after, every, final, refuse, say
from wait import wait_for

AT_ONCE = 10


def short_calls(test, count):
    """Half by the API, half by detect_speech; each hears something and is hung up, whatever became of its stream."""
    host, done = test.host, 0
    while done < count:
        batch = [host.begin_originate("lua(e2e_listen.lua)" if i % 2 else "park()") for i in range(min(AT_ONCE, count - done))]
        for number, (call, job) in enumerate(batch):
            assert test.esl.job_answer(job, test.seconds(30)).startswith("+OK")
            if not number % 2:
                assert host.stream(call, "start default").startswith("+OK")
        for call, _ in batch:
            wait_for(lambda: test.esl.events(call, "asr_stream::final") or test.esl.events(call, "asr_stream::closed"),
                     "a result or an end", test.seconds(20))
            host.hang_up(call)
        for call, _ in batch:
            test.event(call, "CHANNEL_DESTROY", seconds=20)
            test.event(call, "asr_stream::closed", seconds=20)
        test.esl.forget_events()
        done += len(batch)


def failing_one_time_in_three():
    return cycle(every(60), say((60, final("yes", end_ms=60))), die_after(60))


@case(timeout=7200, sanitizers=())
def nothing_is_left_of_short_calls(test):
    """Exactly nothing: accounted bytes, streams, descriptors, threads and module references are as they were."""
    service = test.service(failing_one_time_in_three())
    test.host.log_level = "notice"
    host = test.start(url=service.url, reconnect_attempts="0", drain_timeout="500ms")
    batches, warm_up = 5, 30
    short_calls(test, warm_up)
    inspection.nothing_left(test)
    wait_for(lambda: settled(host), "threads of the first calls are gone", 60, poll=1)
    before = inspection.Footprint(host)
    each = max(test.options.soak_calls // batches, 1)
    heaps = []
    for _ in range(batches):
        short_calls(test, each)
        inspection.nothing_left(test)
        service.sessions.clear()
        heaps.append(heap_bytes(host.process.pid))
    inspection.wait_footprint(test, before, 90)
    test.note(f"{each * batches} calls; heap after each batch: {heaps}; slope {slope(heaps) / each:.0f} bytes a call")
    wait_for(lambda: host.client.api("unload mod_asr_stream").startswith("+OK"), "unload: no reference is held", 10)
    assert not host.is_mapped()
    test.module_is_gone = True


_last_threads = {}


def settled(host):
    """Two looks, a second apart, see the same."""
    now = repr(inspection.Footprint(host))
    before, _last_threads[host] = _last_threads.get(host), now
    return now == before


def heap_bytes(pid):
    """Private memory of the process, in bytes."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Private_"))


def slope(values):
    """Least squares over the batches, in bytes a batch."""
    count = len(values)
    mean_x, mean_y = (count - 1) / 2, sum(values) / count
    return (sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values))
            / sum((x - mean_x) ** 2 for x in range(count)))
