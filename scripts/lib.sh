# shellcheck shell=bash
# Shared by the scripts in this folder; sourced, not run.

step_started=$SECONDS
# step TEXT: a headline, with how long the step before took.
step() {
    printf '\n== %s  (%d s so far)\n' "$1" "$((SECONDS - step_started))"
}

# run_ctest PRESET [ARGUMENT...]: the preset's tests, output only of those that fail.
run_ctest() {
    local preset=$1
    shift
    ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" --no-tests=error --progress "$@"
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
