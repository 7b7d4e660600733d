"""asr_stream.conf.xml as tests need it."""

from xml.sax.saxutils import quoteattr

# Tests end sooner with these; each case may say otherwise.
PROFILE_DEFAULTS = {"connect-timeout": "2s", "stall-timeout": "2s", "drain-timeout": "2s", "replay-ms": "20s",
                    "reconnect-attempts": "2", "reconnect-backoff": "50ms", "reconnect-backoff-max": "100ms"}


def render(profiles, settings=None):
    """`profiles`: name -> {setting: value}; a list as value becomes several params."""
    lines = ['<configuration name="asr_stream.conf" description="end-to-end test">', "  <settings>"]
    lines += [_param(name, value) for name, value in (settings or {}).items()]
    lines += ["  </settings>", "  <profiles>"]
    for name, values in profiles.items():
        lines.append(f"    <profile name={quoteattr(name)}>")
        for setting, value in {**PROFILE_DEFAULTS, **values}.items():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                lines.append("  " + _param(setting, one))
        lines.append("    </profile>")
    lines += ["  </profiles>", "</configuration>", ""]
    return "\n".join(lines)


def _param(name, value):
    return f"    <param name={quoteattr(name)} value={quoteattr(str(value))}/>"
