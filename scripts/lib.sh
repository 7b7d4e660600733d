# shellcheck shell=bash
# Shared by the scripts in this folder; sourced, not run.

step_started=$SECONDS
# step TEXT: a headline, with how long the step before took.
step() {
    printf '\n== %s  (%d s so far)\n' "$1" "$((SECONDS - step_started))"
}

# run_ctest PRESET [LABEL]: the preset's tests, without those of the label; output only of those that fail. First what
# keeps a processor busy, then the calls: they are in real time and mostly wait.
run_ctest() {
    local common=(--test-dir "build/$1" --output-on-failure --progress) calls='^(e2e|soak)$'
    ctest "${common[@]}" --parallel "$(nproc)" --no-tests=error -LE "$calls"
    ctest "${common[@]}" --parallel $(($(nproc) * 2)) --no-tests=ignore -L "$calls" ${2:+-LE "^$2\$"}
}

# freeswitch_matrix PRESET: what can happen in the life of a call and of the module, on FreeSWITCH with the preset's sanitizer
# in it. Bounded in time; where there is no FreeSWITCH it says so.
freeswitch_matrix() {
    local subjects='lifecycle|module_life|recognition|failing_service|hostile_service|playback|api|examples|sip_calls'
    if ! pkg-config --exists freeswitch; then
        echo "skipped: pkg-config finds no freeswitch"
        return 0
    fi
    timeout --verbose 3600 ctest --test-dir "build/$1" --output-on-failure --parallel $(($(nproc) * 2)) --no-tests=error --progress \
        -R "^e2e\.freeswitch\.($subjects)\."
}

# find_freeswitch: lets pkg-config find a FreeSWITCH in one of the folders it is usually built into, unless it finds one
# already or PKG_CONFIG_PATH was set on purpose.
find_freeswitch() {
    local folder
    if [ -n "${PKG_CONFIG_PATH+set}" ] || pkg-config --exists freeswitch; then return 0; fi
    for folder in /opt/freeswitch /usr/local/freeswitch; do
        if [ -f "$folder/lib/pkgconfig/freeswitch.pc" ]; then
            export PKG_CONFIG_PATH=$folder/lib/pkgconfig
            return 0
        fi
    done
}
