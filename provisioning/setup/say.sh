# How the launcher speaks, becomes root and starts a child. Sourced, never run.
# shellcheck shell=bash

as_root=()

say() { printf 'relais: %s\n' "$*" >&2; }

# die STATUS WHAT NEXT: every fatal message says what to do next. Statuses are sysexits.h's.
die() {
  printf 'relais: %s\nrelais: %s\n' "$2" "$3" >&2
  exit "$1"
}

# Fill as_root with the words that make a command run as root, without ever asking.
find_root() {
  as_root=()
  ((EUID == 0)) && return
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    return 1
  fi
}

# Any route beside loopback: cheap, and true also where only a local mirror is reachable.
has_network() {
  local interface route
  while read -r interface _; do
    [[ $interface == Iface || $interface == lo ]] || return 0
  done </proc/net/route
  [[ -r /proc/net/ipv6_route ]] || return 1
  while read -r -a route; do
    [[ ${route[-1]} == lo || ${route[0]} == ff* || ${route[0]} == fe80* ]] || return 0
  done </proc/net/ipv6_route
  return 1
}

# child LOG COMMAND…: run it with its words in LOG, or where ours go if LOG is "-". It gets a group
# of its own; when we are asked to end, that group ends first, by its id.
child() {
  local log=$1 pid status=0
  shift
  # A shell starts background children deaf to Ctrl-C: env makes them hear it again.
  local start=(setsid env --default-signal=INT,QUIT)
  if [[ $log == - ]]; then
    "${start[@]}" "$@" </dev/null &
  else
    "${start[@]}" "$@" >>"$log" 2>&1 </dev/null &
  fi
  pid=$!
  # shellcheck disable=SC2064  # the id as it is now
  trap "end_child $pid INT 130" INT
  # shellcheck disable=SC2064
  trap "end_child $pid TERM 143" TERM HUP
  wait "$pid" || status=$?
  trap - INT TERM HUP
  return "$status"
}

end_child() {
  trap '' INT TERM HUP
  # What runs as root by sudo hears only root: sudo would pass the signal to its first child only.
  "${as_root[@]}" bash -c "kill -$2 -- -$1" 2>/dev/null || kill -"$2" -- "-$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  say "Stopped."
  exit "$3"
}
