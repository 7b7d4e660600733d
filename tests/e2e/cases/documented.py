"""What the guides tell people to type works as it stands there."""

import os
import re
import subprocess

import inspection
from case import case
from hosts.freeswitch import pkg_config
from scripts import every
from wait import wait_for

SETTING = re.compile(r"[a-z][a-z-]+=\S.*")
FILES_THAT_EXIST = {"/path": "/etc/ssl/certs/ca-certificates.crt"}


def text_of(test, name):
    with open(os.path.join(test.options.source, "docs", name)) as file:
        return file.read()


def replacements(text):
    """The code of the right column of each table of migrating.md: what is ours."""
    for line in text.split("\n"):
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) == 4 and not cells[1].strip().startswith("-"):
            yield from re.findall(r"`([^`]+)`", cells[2])


def commands_of(test, service):
    """Words that may follow "uuid_asr_stream UUID ", from the guide on migration."""
    for code in replacements(text_of(test, "migrating.md")):
        code = code.removeprefix("uuid_asr_stream UUID ").replace("ws://host/path", service.url)
        for path, existing in FILES_THAT_EXIST.items():
            code = code.replace(path, existing) if code.endswith(path) else code
        if "..." in code:
            continue
        if SETTING.fullmatch(code):
            yield f"start default {code}"
        elif re.fullmatch(r"start \S.*|stop( .*)?|send_text \S.*", code):
            yield code


def streams_of(command):
    """Names of the streams that must run before a command other than start."""
    words = command.split()
    named = [word.removeprefix("name=") for word in words[1:] if word.startswith("name=")]
    if words[0] == "stop":
        named = [word for word in words[1:] if word != "now"]
    return named or ["default"]


@case(timeout=240)
def commands_of_the_guide_on_migration(test):
    service, host = test.start_with(every(200), dialect="json")
    commands = list(dict.fromkeys(commands_of(test, service)))
    assert len(commands) > 15, commands
    call = host.originate()
    for command in commands:
        if not command.startswith("start"):
            for name in streams_of(command):
                assert host.stream(call, f"start default name={name}").startswith("+OK"), command
        answer = host.stream(call, command)
        assert answer.startswith("+OK"), f"uuid_asr_stream {call} {command}: {answer}"
        for name in {stream["name"] for stream in inspection.parse(host.module("list json"))["streams"]}:
            host.stream(call, f"stop now {name}")
        wait_for(lambda: inspection.live_streams(host) == 0, "streams are gone", test.seconds(10))
    test.note(f"{len(commands)} commands")
    service.errors.clear()  # with dialect=vosk it does not understand a word
    host.hang_up(call)


@case()
def reports_of_the_guide_for_operators(test):
    service, host = test.start_with(every(200))
    call = host.originate()
    assert host.stream(call, "start default").startswith("+OK")
    names = re.findall(r"^\| `asr_stream (\w+)` \|", text_of(test, "operations.md"), re.M)
    assert sorted(names) == ["list", "memory", "metrics", "profiles", "reload", "status", "version"], names
    for name in names:
        answer = host.module(name)
        assert answer and not answer.startswith("-"), f"{name}: {answer}"
    for name in ("status", "list", "memory", "profiles"):
        inspection.parse(host.module(f"{name} json"))
    for command in ("uuid_asr_stream", "asr_stream"):
        assert host.client.api(command).startswith("-USAGE:"), command
    host.hang_up(call)


@case()
def metrics_of_the_guide_for_operators_exist(test):
    service, host = test.start_with(every(200))
    call = host.originate()
    assert host.stream(call, "start default").startswith("+OK")
    test.event(call, "asr_stream::final")
    said = {name.partition("{")[0] for name in inspection.metrics(host)}
    known = said | {name.removesuffix(suffix) for name in said for suffix in ("_bucket", "_sum", "_count")}
    status = inspection.status(host)
    for name in re.findall(r"`(asr_stream_[a-z_]*[a-z])`", text_of(test, "operations.md")):
        assert name in known, f"docs/operations.md tells of {name}, which does not exist"
    for name in ("results_discarded", "playback_queued_samples", "playback_waiting_samples"):
        assert name in status, f"asr_stream status lacks {name}"
    host.hang_up(call)


@case(hosts=("freeswitch",), sanitizers=())
def commands_for_fs_cli(test):
    """As lines of a shell, in the order in which the guide has them."""
    service, host = test.start_with(every(200), dialect="json")
    text = text_of(test, "operations.md")
    client = f"{pkg_config('prefix')}/bin/fs_cli -H 127.0.0.1 -P {host.port} -p ClueCon"
    commands = re.findall(r"(?<![=\w])fs_cli -x '[^']+'(?: >[^\n]+&&\n[^\n]+)?", text)
    assert len(commands) >= 6, commands
    for command in commands:
        line = command.replace("fs_cli", client, 1).replace("/var/lib/prometheus/node-exporter", test.folder)
        if "load mod_asr_stream" in command and "unload" not in command:
            host.client.api("unload mod_asr_stream")  # the suite has loaded it
        answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
        said = answer.stdout + answer.stderr
        assert answer.returncode == 0 and "-ERR" not in said, f"{line}: {answer.returncode}: {said}"
    with open(os.path.join(test.folder, "asr_stream.prom")) as file:
        assert "asr_stream_streams 0" in file.read()
