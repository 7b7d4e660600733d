"""Real SIP calls with RTP, from Debian's sip-tester (sipp). Scenarios are put together from steps."""

import audioop
import os
import shutil
import wave

import process
from case import Skip
from hosts.base import SOUNDS

# Codec name -> (payload type, rtpmap).
CODECS = {"PCMU": (0, "PCMU/8000"), "PCMA": (8, "PCMA/8000"), "L16/16000": (97, "L16/16000"),
          "L16/8000/2": (98, "L16/8000/2"), "OPUS": (96, "opus/48000/2")}

SDP = """v=0
o=e2e 1 {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP {payload}
a=rtpmap:{payload} {rtpmap}
a={direction}
a=ptime:20
"""

REQUEST = """{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>{tag}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: sip:caller@[local_ip]:[local_port]
Max-Forwards: 70
{body}"""

OK = """SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0
"""


class Scenario:
    """invite(), speak(), wait(), reinvite() ... until_bye(), in the order in which they happen."""

    def __init__(self):
        self._steps, self._cseq = [], 0

    def invite(self, codec="PCMU", direction="sendrecv"):
        self._cseq += 1
        payload, rtpmap = CODECS[codec]
        sdp = SDP.format(version=self._cseq, payload=payload, rtpmap=rtpmap, direction=direction)
        tag = "" if self._cseq == 1 else "[peer_tag_param]"
        self._send("INVITE", tag, f"Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}")
        self._steps += ['<recv response="100" optional="true"/>', '<recv response="180" optional="true"/>',
                        '<recv response="183" optional="true"/>', '<recv response="200" rtd="true" rrs="true"/>']
        self._send("ACK", "[peer_tag_param]", "Content-Length: 0\n")
        return self

    reinvite = invite

    def speak(self, file, payload=0):
        self._steps.append(f'<nop><action><exec rtp_stream="{file},-1,{payload}"/></action></nop>')
        return self

    def fall_silent(self):
        self._steps.append('<nop><action><exec rtp_stream="pause"/></action></nop>')
        return self

    def wait(self, milliseconds):
        self._steps.append(f'<pause milliseconds="{milliseconds}"/>')
        return self

    def until_bye(self):
        self._steps.append('<recv request="BYE"/>')
        self._steps.append(f"<send><![CDATA[\n{OK}\n]]></send>")
        return self

    def _send(self, method, tag, body):
        text = REQUEST.format(method=method, tag=tag, cseq=self._cseq, body=body)
        retransmit = ' retrans="500"' if method == "INVITE" else ""
        self._steps.append(f"<send{retransmit}><![CDATA[\n{text}\n]]></send>")

    def xml(self):
        steps = "\n".join(self._steps)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="e2e">\n{steps}\n</scenario>\n'


class Caller:
    """sipp with one scenario, as a caller of the case's switch."""

    count = 0

    def __init__(self, test, scenario, number, calls=1):
        if not shutil.which("sipp"):
            raise Skip("sipp is not installed (Debian: sip-tester)")
        Caller.count += 1
        path = os.path.join(test.folder, f"sipp-{Caller.count}")
        with open(path + ".xml", "w") as file:
            file.write(scenario.xml())
        first_rtp = 34000 + (os.getpid() * 40 + Caller.count * 20) % 24000
        self.process = process.Process(
            ["sipp", f"127.0.0.1:{test.host.sip_port}", "-sf", path + ".xml", "-s", number, "-m", str(calls), "-l",
             str(calls), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(process.free_port()), "-mp", str(first_rtp),
             "-nostdin", "-trace_err", "-error_file",
             path + ".err", "-timeout", "90s", "-timeout_error"],
            path + ".log", cwd=test.folder)
        test.clean_up(self.process.stop)

    def wait(self, seconds=60):
        status = self.process.wait_end(seconds)
        assert status == 0, f"sipp ended with {status}:\n{self.process.output()[-2000:]}"


def voice(folder, name="vm-review.wav", law="PCMU"):
    """A recording as raw G.711, as sipp streams it."""
    with wave.open(os.path.join(SOUNDS, name)) as source:
        samples = source.readframes(source.getnframes())
    path = os.path.join(folder, f"{name}.{law}")
    with open(path, "wb") as file:
        file.write(audioop.lin2ulaw(samples, 2) if law == "PCMU" else audioop.lin2alaw(samples, 2))
    return path
