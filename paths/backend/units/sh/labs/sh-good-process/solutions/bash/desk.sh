#!/usr/bin/env bash
# The stamping desk of a small shop: makes receipts of orders.
#
#   desk.sh settings      say with which settings it would work
#   desk.sh stamp FILE    make the receipt of one order
#   desk.sh               take orders from the inbox until it is asked to end
set -euo pipefail

refuse() {
    echo "desk: $*" >&2
    exit 1
}

# All that comes from outside, read in one place at the start. With `:-`, what is empty counts as not set.
shop=${SHOP:-Corner Shop}
stamp_ms=${STAMP_MS:-100}
group_reads=0
if [ "${GROUP_READS:-}" = 1 ]; then group_reads=1; fi
[[ $stamp_ms =~ ^[0-9]{1,9}$ ]] && ((10#$stamp_ms <= 60000)) \
    || refuse "STAMP_MS must be a whole number from 0 to 60000, not '$stamp_ms'."
stamp_ms=$((10#$stamp_ms)) # 10#: 010 is ten and not eight
desk=${DESK_DIR:-}
[ -n "$desk" ] || refuse "DESK_DIR is not set. Example: DESK_DIR=desk"
[ -d "$desk" ] || refuse "DESK_DIR must be a folder, and $desk is none."

# The seal. Whoever knows it can forge receipts, so nobody but its owner may reach it.
# Prints it, or prints why not and fails.
read_seal() {
    local file=$desk/seal line=""
    [ -f "$file" ] && [ -r "$file" ] || { echo "The seal $file cannot be read."; return 1; }
    [ -z "$(find "$file" -perm /077)" ] || { echo "$file is open to others. Close it: chmod 600 $file"; return 1; }
    read -r line < "$file" || [ -n "$line" ] || { echo "The seal $file is empty."; return 1; }
    [ -n "$line" ] || { echo "The seal $file is empty."; return 1; }
    echo "$line"
}

# Make the receipt of this file. It is there whole, with its mode, or not at all.
stamp() {
    local order=$1 name draft sealed_with=$seal
    name=$(basename -- "$order")
    draft=$desk/receipts/.$name
    [ -f "$order" ] && [ -r "$order" ] || refuse "The order $order cannot be read."
    sleep "$((stamp_ms / 1000)).$(printf %03d $((stamp_ms % 1000)))"
    if [ ! -d "$desk/receipts" ]; then
        mkdir -m "$((group_reads ? 750 : 700))" -- "$desk/receipts"
    fi
    rm -f -- "$draft"
    (
        umask 077 # nobody else may look into it before its mode is right
        { printf '%s\n' "$shop"; cat -- "$order"; printf 'sealed: %s\n' "$sealed_with"; } > "$draft"
    )
    chmod "$((group_reads ? 640 : 600))" -- "$draft"
    mv -f -- "$draft" "$desk/receipts/$name"
}

# The first order of the inbox, if there is one. The shell leaves names that begin with a dot out by itself.
first_order() {
    local found
    for found in "$desk"/inbox/*; do
        if [ -e "$found" ]; then echo "$found"; return; fi
    done
}

# Take orders until asked to end. A signal only leaves a note, so that no order is left half done.
serve() {
    local ending=0 seal_is_old=0 order answer
    trap 'ending=1' TERM INT
    trap 'seal_is_old=1' HUP
    mkdir -p -- "$desk/inbox"
    echo ready
    while [ "$ending" = 0 ]; do
        if [ "$seal_is_old" = 1 ]; then
            seal_is_old=0
            if answer=$(read_seal); then seal=$answer; echo reloaded; else echo "not reloaded: $answer"; fi
        fi
        order=$(first_order)
        if [ -z "$order" ]; then sleep 0.05; continue; fi
        echo "begin $(basename -- "$order")"
        stamp "$order"
        rm -- "$order" # only now that its receipt is there
        echo "done $(basename -- "$order")"
    done
}

case "$#:${1:-}" in
    1:settings)
        printf '%s\n' "SHOP=$shop" "STAMP_MS=$stamp_ms" "GROUP_READS=$group_reads"
        ;;
    2:stamp)
        seal=$(read_seal) || refuse "$seal"
        stamp "$2"
        ;;
    0:)
        seal=$(read_seal) || refuse "$seal"
        serve
        ;;
    *)
        echo "usage: desk.sh [settings | stamp FILE]" >&2
        exit 2
        ;;
esac
