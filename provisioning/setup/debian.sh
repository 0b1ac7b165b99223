# Debian packages: what is missing, and installing it without starting a service. Sourced.
# shellcheck shell=bash

vpcd_driver=vpcd/usr/lib/pcsc/drivers/serial/libifdvpcd.so
policy=/usr/sbin/policy-rc.d
policy_mark='# made by relais for the time of one installation'

# find_missing LEVEL: fill `missing` with the packages whose proof of presence is not there.
find_missing() {
  missing=()
  find_missing_in "$setup/debian-run.list"
  if [[ $1 == test ]]; then find_missing_in "$setup/debian-test.list"; fi
}

find_missing_in() {
  local package proof
  while read -r package proof _; do
    [[ -z $package || $package == '#'* ]] && continue
    compgen -G "$proof" >/dev/null || missing+=("$package")
  done <"$1"
}

# install_missing LEVEL LOG: install what is missing, if we may and can. Otherwise go on without.
install_missing() {
  local level=$1 log=$2
  find_missing "$level"
  if ! python_is_ready "$level" || ! python_is_complete; then
    find_missing_in "$setup/debian-build.list"
  fi
  [[ ${#missing[@]} -gt 0 ]] || return 0
  find_root || return 0
  has_network || return 0
  say "Installing Debian packages, which can take minutes: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
    apt-get -q -y -o DPkg::Lock::Timeout=300
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
  forbid_services
  # A foreign source that fails to update must not stop us: the installation decides.
  child "$log" "${as_root[@]}" "${apt[@]}" update || say "apt could not update every list."
  if ! child "$log" "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}"; then
    tail -n 5 "$log" >&2
    say "apt could not install the packages."
  fi
  allow_services
}

# Debian starts a service when its package is installed. A policy of 101 forbids that, so that
# nothing of ours runs beside the private instances. A policy that somebody else made stays.
forbid_services() {
  [[ ! -e $policy ]] || is_our_policy || return 0
  trap allow_services EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
}

allow_services() {
  trap - EXIT
  if is_our_policy; then "${as_root[@]}" rm -f "$policy"; fi
}

is_our_policy() { grep -qsF "$policy_mark" "$policy"; }

# fetch_package NAME FOLDER LOG: unpack a Debian package into a private folder. Needs no root.
fetch_package() {
  local name=$1 folder=$2 log=$3 work
  work=$(mktemp -d "$parts/fetch.XXXXXX")
  mkdir -p -- "$work/lists/partial" "$work/cache/archives/partial"
  # apt's own user may not write into a folder of ours: the download runs as who we are.
  local apt=(env -C "$work" apt-get -q -o "APT::Sandbox::User=")
  # A fresh machine may have no lists yet: then apt gets its own, for this one download.
  local own=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache")
  if { child "$log" "${apt[@]}" download "$name" ||
    { child "$log" "${apt[@]}" "${own[@]}" update &&
      child "$log" "${apt[@]}" "${own[@]}" download "$name"; }; } &&
    child "$log" dpkg-deb -x "$work/$name"_*.deb "$work/tree"; then
    rm -rf -- "$folder"
    mv -- "$work/tree" "$folder"
  fi
  rm -rf -- "$work"
  [[ -d $folder ]]
}

# The virtual reader's package is unpacked, not installed: its file in /etc/reader.conf.d would
# make this machine's own pcscd listen on every address.
unpack_vpcd() {
  [[ ! -e $parts/$vpcd_driver ]] || return 0
  has_network || return 0
  say "Fetching the driver of the virtual card reader"
  fetch_package vsmartcard-vpcd "$parts/vpcd" "$1" || say "The driver could not be fetched."
}

# explain_missing LEVEL: say what is not there, why, and what follows.
explain_missing() {
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local why="apt could not install them, see $parts/setup.log"
  find_root || why="no root, and sudo would ask"
  has_network || why="no network"
  say "Not on this machine: ${missing[*]} ($why)."
  if [[ $1 == run ]]; then
    # A voice has no simulator: without one the key that reads aloud is not on the screen.
    if [[ " ${missing[*]} " == *" espeak-ng "* ]]; then say "Nothing is read aloud."; fi
    [[ ${missing[*]} == espeak-ng ]] ||
      say "The kiosk starts on its built-in simulators instead."
  else
    say "Tests that need them are skipped and say so."
  fi
}
