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

# The functions below leave what they found in a variable, and nobody calls them by $(...): a SIGINT that comes while
# bash waits for one is lost now and then, and the desk would go on.

# The seal, into $seal. Whoever knows it can forge receipts, so nobody but its owner may reach it.
# Fails and leaves the old one if it is not good; why stands in $complaint.
read_seal() {
    local file=$desk/seal line=""
    complaint="The seal $file cannot be read."
    [ -f "$file" ] && [ -r "$file" ] || return 1
    complaint="$file is open to others. Close it: chmod 600 $file"
    find "$file" -perm /077 -exec false {} + || return 1
    complaint="The seal $file is empty."
    read -r line < "$file" || [ -n "$line" ] || return 1
    [ -n "$line" ] || return 1
    seal=$line
}

# Make the receipt of this file. It is there whole, with its mode, or not at all.
stamp() {
    local order=$1 name draft pause sealed_with=$seal
    name=${order##*/}
    draft=$desk/receipts/.$name
    [ -f "$order" ] && [ -r "$order" ] || refuse "The order $order cannot be read."
    printf -v pause '%d.%03d' $((stamp_ms / 1000)) $((stamp_ms % 1000))
    sleep "$pause"
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

# The first order of the inbox, into $order; empty if there is none. The shell leaves names that begin with a dot out.
first_order() {
    for order in "$desk"/inbox/*; do
        if [ -e "$order" ]; then return; fi
    done
    order=""
}

# Take orders until asked to end. A signal only leaves a note, so that no order is left half done.
serve() {
    local ending=0 seal_is_old=0 order
    trap 'ending=1' TERM INT
    trap 'seal_is_old=1' HUP
    mkdir -p -- "$desk/inbox"
    echo ready
    while [ "$ending" = 0 ]; do
        if [ "$seal_is_old" = 1 ]; then
            seal_is_old=0
            if read_seal; then echo reloaded; else echo "not reloaded: $complaint"; fi
        fi
        first_order
        if [ -z "$order" ]; then sleep 0.05; continue; fi
        echo "begin ${order##*/}"
        stamp "$order"
        rm -- "$order" # only now that its receipt is there
        echo "done ${order##*/}"
    done
}

case "$#:${1:-}" in
    1:settings)
        printf '%s\n' "SHOP=$shop" "STAMP_MS=$stamp_ms" "GROUP_READS=$group_reads"
        ;;
    2:stamp)
        read_seal || refuse "$complaint"
        stamp "$2"
        ;;
    0:)
        read_seal || refuse "$complaint"
        serve
        ;;
    *)
        echo "usage: desk.sh [settings | stamp FILE]" >&2
        exit 2
        ;;
esac
