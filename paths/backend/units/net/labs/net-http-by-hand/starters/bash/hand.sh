#!/usr/bin/env bash
# HTTP by hand. So far it prints nothing for the wire.
set -euo pipefail

case "${1:-}" in # the first word behind the command
    get)
        # Your turn: `firsthand brief get` shows what to print. printf makes the two bytes from \r\n.
        ;;
esac
