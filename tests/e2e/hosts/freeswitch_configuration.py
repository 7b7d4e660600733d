"""freeswitch.xml of the private instance."""

import os

TEMPLATE = """<?xml version="1.0"?>
<document type="freeswitch/xml">
  <section name="configuration">
    <configuration name="switch.conf">
      <settings>
        <param name="max-sessions" value="6000"/>
        <param name="sessions-per-second" value="2000"/>
        <param name="loglevel" value="{level}"/>
        <param name="rtp-start-port" value="{first_rtp}"/>
        <param name="rtp-end-port" value="{last_rtp}"/>
        <param name="dump-cores" value="no"/>
        <param name="core-db-name" value="{folder}/db/core.db"/>
      </settings>
    </configuration>
    <configuration name="modules.conf">
      <modules>
{modules}
      </modules>
    </configuration>
    <configuration name="event_socket.conf">
      <settings>
        <param name="listen-ip" value="127.0.0.1"/>
        <param name="listen-port" value="{esl_port}"/>
        <param name="password" value="ClueCon"/>
        <param name="nat-map" value="false"/>
      </settings>
    </configuration>
    <configuration name="console.conf">
      <mappings><map name="all" value="console,alert,crit,err"/></mappings>
      <settings><param name="colorize" value="false"/><param name="loglevel" value="err"/></settings>
    </configuration>
    <configuration name="logfile.conf">
      <settings><param name="rotate-on-hup" value="true"/></settings>
      <profiles>
        <profile name="default">
          <settings><param name="logfile" value="{folder}/log/freeswitch.log"/></settings>
          <mappings><map name="all" value="{levels}"/></mappings>
        </profile>
      </profiles>
    </configuration>
    <configuration name="lua.conf">
      <settings><param name="script-directory" value="{folder}/scripts/?.lua"/></settings>
    </configuration>
    <configuration name="acl.conf"><network-lists/></configuration>
    <configuration name="loopback.conf"><settings/></configuration>
    <configuration name="timezones.conf"><timezones/></configuration>
    <configuration name="opus.conf"><settings/></configuration>
    <configuration name="sofia.conf">
      <global_settings/>
      <profiles>
        <profile name="e2e">
          <settings>
            <param name="sip-ip" value="127.0.0.1"/>
            <param name="rtp-ip" value="127.0.0.1"/>
            <param name="sip-port" value="{sip_port}"/>
            <param name="context" value="callers"/>
            <param name="dialplan" value="XML"/>
            <param name="auth-calls" value="false"/>
            <param name="accept-blind-auth" value="true"/>
            <param name="inbound-codec-prefs" value="PCMU,PCMA,L16@16000h@20i,L16@8000h@20i@2c,OPUS"/>
            <param name="outbound-codec-prefs" value="PCMU,PCMA"/>
            <param name="inbound-codec-negotiation" value="greedy"/>
            <param name="inbound-late-negotiation" value="true"/>
            <param name="rtp-timer-name" value="soft"/>
            <param name="manage-presence" value="false"/>
            <param name="disable-transcoding" value="false"/>
            <param name="rtp-timeout-sec" value="120"/>
          </settings>
        </profile>
      </profiles>
    </configuration>
    <X-PRE-PROCESS cmd="include" data="asr_stream.conf.xml"/>
  </section>
  <section name="directory">
    <domain name="{domain}">
      <user id="1000"><params><param name="dial-string" value="{{loopback_bowout=false}}loopback/silence/voices"/></params></user>
    </domain>
  </section>
  <section name="dialplan">
    <context name="voices">
      <extension name="say">
        <condition field="destination_number" expression="^say-(.*)$">
          <action application="answer"/>
          <action application="playback" data="{folder}/sounds/$1"/>
          <action application="playback" data="silence_stream://-1"/>
        </condition>
      </extension>
      <extension name="silence">
        <condition field="destination_number" expression="^silence$">
          <action application="answer"/>
          <action application="playback" data="silence_stream://-1"/>
        </condition>
      </extension>
    </context>
{contexts}
  </section>
</document>
"""

CALLERS = """
    <context name="callers">
      <extension name="park">
        <condition field="destination_number" expression="^park$">
          <action application="answer"/>
          <action application="park"/>
        </condition>
      </extension>
      <extension name="stream">
        <condition field="destination_number" expression="^stream-(.*)$">
          <action application="answer"/>
          <action application="asr_stream" data="start $1"/>
          <action application="park"/>
        </condition>
      </extension>
      <extension name="bypass">
        <condition field="destination_number" expression="^bypass-([0-9]+)$">
          <action application="set" data="bypass_media=true"/>
          <action application="bridge" data="sofia/e2e/park@127.0.0.1:$1"/>
        </condition>
      </extension>
    </context>
"""

EXAMPLES = """
    <X-PRE-PROCESS cmd="include" data="{folder}/callers.xml"/>
    <context name="examples">
      <X-PRE-PROCESS cmd="include" data="{folder}/asr_stream.xml"/>
    </context>
"""

LEVELS = ("console", "alert", "crit", "err", "warning", "notice", "info", "debug")


def write_configuration(host, modules, rtp_ports):
    loads = "\n".join(f'        <load module="{name}"/>' for name in modules)
    level = LEVELS.index(host.log_level)
    examples = os.path.join(host.options.source, "examples", "dialplan")
    contexts = EXAMPLES.format(folder=examples) if host.with_examples else CALLERS
    text = TEMPLATE.format(domain="freeswitch.local", folder=host.folder, level=host.log_level, levels=",".join(LEVELS[:level + 1]),
                           first_rtp=rtp_ports[0], last_rtp=rtp_ports[1], modules=loads, esl_port=host.port,
                           sip_port=host.sip_port, contexts=contexts)
    with open(os.path.join(host.folder, "conf", "freeswitch.xml"), "w") as file:
        file.write(text)
