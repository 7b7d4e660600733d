"""Thousands of short calls with a service that fails one time in three: nothing is left of them."""

import time

import inspection
from case import case
from scripts import cycle, die_after, every, final, say
from wait import wait_for

AT_ONCE = 50  # calls mostly wait, so that many at once take no longer than few
BATCHES = 5
ENOUGH_FOR_A_SLOPE = 1000  # calls in a batch; a switch wobbles by itself
MOST_BYTES_A_CALL = 64
QUIET_SECONDS = 4  # the heap of a switch that has freed what its calls had
NOISE_BYTES = 4096  # what a switch allocates and frees all the time


def streaming_calls(test, count):
    """Half by the API, half by detect_speech; each hears something and is hung up, whatever became of its stream."""
    host, done = test.host, 0
    while done < count:
        batch = host.originate_together([(("park()", "lua(e2e_listen.lua)")[number % 2], None)
                                         for number in range(min(AT_ONCE, count - done))])
        answers = host.client.api_all([f"uuid_asr_stream {call} start default" for call in batch[::2]])
        assert all(answer.startswith("+OK") for answer in answers), answers
        for call in batch:
            wait_for(lambda: test.esl.events(call, "asr_stream::final") or test.esl.events(call, "asr_stream::closed"),
                     "a result or an end", test.seconds(20))
        host.hang_up_all(batch)
        for call in batch:
            test.event(call, "CHANNEL_DESTROY", seconds=20)
            test.event(call, "asr_stream::closed", seconds=20)
        test.esl.forget_events()
        done += len(batch)


def bare_calls(test, count):
    """As many calls, without a stream of ours."""
    for done in range(0, count, AT_ONCE):
        batch = test.host.begin_originate_all([("park()", None)] * min(AT_ONCE, count - done))
        for _, job in batch:
            assert test.esl.job_answer(job, test.seconds(30)).startswith("+OK")
        test.host.hang_up_all([call for call, _ in batch])
        for call, _ in batch:
            test.event(call, "CHANNEL_DESTROY", seconds=20)
        test.esl.forget_events()


def failing_one_time_in_three():
    return cycle(every(60), say((60, final("yes", end_ms=60))), die_after(60))


@case(timeout=7200, sanitizers=())
def nothing_is_left_of_short_calls(test):
    """Exactly nothing: accounted bytes, streams, descriptors, threads and module references are as they were, and the heap
    grows no more than in calls without us."""
    service = test.service(failing_one_time_in_three())
    test.host.log_level = "notice"
    test.host.counts_heap = True
    host = test.start(url=service.url, reconnect_attempts="0", drain_timeout="500ms")
    fresh = inspection.Footprint(host)
    each = max(test.options.soak_calls // BATCHES, AT_ONCE)
    streaming_calls(test, 2 * AT_ONCE)
    bare_calls(test, 2 * AT_ONCE)
    settle(test, fresh.threads)
    before = inspection.Footprint(host)
    bare = growth(test, bare_calls, each, before.threads)
    ours = growth(test, streaming_calls, each, before.threads)
    inspection.wait_footprint(test, before, 180)
    test.note(f"{each * BATCHES} calls, {service.connections} connections; heap bytes a call: {ours:.1f}, "
              f"{bare:.1f} in calls without the module; afterwards as before: {before}")
    if each >= ENOUGH_FOR_A_SLOPE:
        assert ours <= bare + MOST_BYTES_A_CALL, f"the heap grows by {ours:.1f} bytes a call, {bare:.1f} without the module"
    wait_for(lambda: host.client.api("unload mod_asr_stream").startswith("+OK"), "unload: no reference is held", 10)
    assert not host.is_mapped()
    test.module_is_gone = True


def growth(test, calls, each, threads):
    """Heap bytes a call: the slope over the batches."""
    heaps = []
    for _ in range(BATCHES):
        calls(test, each)
        settle(test, threads)
        heaps.append(settled_heap(test))
    return slope(heaps) / each


def settle(test, threads):
    """Nothing is left, and the switch has let go of what it keeps for a while: threads for further calls, databases."""
    inspection.nothing_left(test)
    wait_for(lambda: inspection.Footprint(test.host).threads <= threads, f"no more than {threads} threads", 180, poll=1)
    wait_for(lambda: test.host.idle_databases() == 0, "no idle database", 180, poll=1)


def settled_heap(test):
    """Bytes in use. A switch frees the memory of its calls on a thread of its own, seconds after they ended."""
    least, since = test.host.heap_bytes(), time.monotonic()

    def is_quiet():
        nonlocal least, since
        now = test.host.heap_bytes()
        if now < least - NOISE_BYTES:
            since = time.monotonic()
        least = min(least, now)
        return time.monotonic() - since >= QUIET_SECONDS

    wait_for(is_quiet, "the heap is quiet", test.seconds(60), poll=0.2)
    return least


def slope(values):
    """Least squares over the batches, in bytes a batch."""
    count = len(values)
    mean_x, mean_y = (count - 1) / 2, sum(values) / count
    return (sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values))
            / sum((x - mean_x) ** 2 for x in range(count)))
