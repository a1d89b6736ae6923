#!/usr/bin/env bash
# The stamping desk of a small shop. So far it only says how it was called.
set -euo pipefail

# Your turn: `firsthand brief settings` tells what to print when the word is `settings`.
echo "called with $*"
