#!/bin/bash
# container.sh build | run [PYTEST OPTION…]: a Debian 13 for the tests, made once and kept.
# Status 77: it cannot be had here, and the last line says why.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
parts=${RELAIS_PARTS:-$here/.parts}
root=$parts/debian13
stamp=$parts/debian13.stamp
lists=("$here/provisioning/container/debian13.list" "$here/provisioning/container/container.sh")
lock=$here/provisioning/setup/run.lock
# What Debian 13 has no package of, or one without its data (pyphen): wheels from the lock file.
wheels='pyphen|typst|zxing-cpp'

# shellcheck source=provisioning/setup/say.sh
. "$here/provisioning/setup/say.sh"

skip() {
  say "No Debian 13 container: $1"
  exit 77
}

sum_up() { cat -- "${lists[@]}" "$lock" | sha256sum; }

find_mirror() {
  local origin uri
  while read -r origin uri; do
    # Debian's own main archive, or, before the first update, what looks like it.
    [[ $origin == Debian/Debian || ( $origin == / && $uri == */debian/ ) ]] || continue
    printf '%s' "$uri"
    return
  done < <(apt-get indextargets --format "\$(ORIGIN)/\$(LABEL) \$(REPO_URI)" 'Created-By: Packages')
  return 1
}

build() {
  local log=$parts/container.log mirror packages work
  [[ ! -r $stamp || ! -d $root || $(<"$stamp") != "$(sum_up)" ]] || return 0
  has_network || skip "it is not made yet, and there is no network."
  command -v mmdebstrap >/dev/null || skip "mmdebstrap is missing."
  mirror=$(find_mirror) || skip "apt knows no mirror of Debian."
  say "Making the Debian 13 container in $root, which takes a minute or two"
  rm -f -- "$stamp"
  "${as_root[@]}" rm -rf --one-file-system -- "$root"
  mkdir -p -- "$parts"
  : >"$log"
  packages=$(grep -v '^#' "${lists[0]}" | paste -sd,)
  # In a mount namespace of its own: an interrupted run leaves nothing mounted in the tree.
  child "$log" "${as_root[@]}" unshare --mount mmdebstrap --variant=apt --mode=root --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    trixie "$root" "$mirror" || give_up "$log"
  # Where tests look for the virtual reader's driver; its own pcscd must not listen either.
  "${as_root[@]}" rm -f -- "$root/etc/reader.conf.d/vpcd"
  "${as_root[@]}" mkdir -p -- "$root/parts" "$root/relais" "$root/report"
  "${as_root[@]}" ln -s / "$root/parts/vpcd"
  work=$(mktemp -d "$parts/wheels.XXXXXX")
  awk -v keep="^($wheels)==" '/^[a-z]/ {on = $0 ~ keep} on' "$lock" >"$work/lock"
  child "$log" "${RELAIS_PYTHON:-$here/.venv/bin/python}" -m pip download --quiet --no-deps \
    --disable-pip-version-check --require-hashes -r "$work/lock" --only-binary :all: \
    --implementation cp --python-version 3.13 "${platforms[@]}" -d "$work" || give_up "$log"
  local wheel
  for wheel in "$work"/*.whl; do
    child "$log" "${as_root[@]}" /usr/bin/python3 -m zipfile -e "$wheel" \
      "$root/usr/local/lib/python3.13/dist-packages" || give_up "$log"
  done
  rm -rf -- "$work"
  sum_up >"$stamp"
}

give_up() {
  tail -n 15 "$1" >&2
  say "The Debian 13 container could not be made, see $1."
  exit 1
}

platforms=()
for libc in 2_17 2_24 2_26 2_27 2_28 2_31 2_34; do
  platforms+=(--platform "manylinux_${libc}_$(uname -m)")
done

# A machine that systemd has booted gives the container a scope; others have none to give.
scope=()
[[ -d /run/systemd/system ]] || scope=(--keep-unit)

# Where /run lies on a disk, systemd-nspawn ends with 255 because it may not tidy up there: it
# gets memory of its own for that, in a mount namespace that ends with it.
# shellcheck disable=SC2016  # the inner shell reads $@
in_memory='mkdir -p /run/systemd/nspawn && mount -t tmpfs -o mode=700 none /run/systemd/nspawn && exec "$@"'

# inside COMMAND…: the tree read-only, no network, nothing of this machine's /run.
inside() {
  child - "${as_root[@]}" unshare --mount sh -c "$in_memory" sh \
    systemd-nspawn --quiet --directory="$root" --machine="relais-$$" --volatile=overlay \
    --private-network --register=no "${scope[@]}" --as-pid2 --pipe \
    --bind-ro="$here:/relais" --bind="$parts/report:/report" --chdir=/relais \
    --setenv=PYTHONDONTWRITEBYTECODE=1 --setenv=HOME=/tmp --setenv=LANG=C.UTF-8 \
    --setenv=RELAIS_PARTS=/parts --setenv=RELAIS_TEST_REPORT=/report/debian13.json \
    --setenv=HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis \
    --setenv=CI="${CI:-}" --setenv=RELAIS_NO_SKIPS="${RELAIS_NO_SKIPS:-}" "$@"
}

mkdir -p -- "$parts"
exec {container_lock}>"$parts/container.lock"
flock "$container_lock"  # one container, one user at a time
find_root || skip "it needs root, and sudo would ask."
case ${1:-} in
  build) build ;;
  run)
    shift
    build
    mkdir -p -- "$parts/report"
    inside true 2>/dev/null || skip "systemd-nspawn may not start one here."
    # Python 3.13 with pyscard 2.2 and pytest dies of SIGSEGV after all is done, while it tears
    # itself down (seen with every test that connects to a reader; not seen without pytest). The
    # kiosk's own processes end by _exit or SIGKILL and never come to that point. It can go with
    # a Debian whose pyscard does not.
    inside python3 -c 'import os, sys, pytest
status = pytest.main(sys.argv[1:])
sys.stdout.flush()
os._exit(status)' -p no:cacheprovider tests/unit tests/contract "$@"
    ;;
  *) die 64 "container.sh build | run [PYTEST OPTION…]" "Use ./relais test." ;;
esac
