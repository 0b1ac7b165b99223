#!/bin/bash
# lock.sh CHECKOUT [PIP-COMPILE OPTION…]: make the lock files anew, e.g. with --upgrade.
# A lock names no index: the hashes say what a file is, wherever pip gets it.
set -euo pipefail

here=$1
shift
setup=$here/provisioning/setup
tools=${RELAIS_PARTS:-$here/.parts}/lock-tools

# shellcheck source=provisioning/setup/say.sh
. "$setup/say.sh"

# An index that one machine knows beside pip's own must leave no trace in a lock.
export PIP_CONFIG_FILE=/dev/null
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL PIP_INDEX_URL

if [[ ! -x $tools/bin/pip-compile ]]; then
  say "Making the tools that lock in $tools"
  /usr/bin/python3 -m venv --clear "$tools"
  "$tools/bin/python" -m pip install --quiet --require-hashes -r "$setup/lock-tools.lock" ||
    die 69 "pip-tools could not be installed." "This command needs a network and python3-venv."
fi
cd -- "$setup"
for name in build run test lock-tools; do
  say "Locking $name.in"
  "$tools/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" "$name.in" -o "$name.lock"
done
say "Locked. ./relais test shows whether the new versions hold."
