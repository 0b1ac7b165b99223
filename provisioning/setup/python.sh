# The Python environment, made from the lock files with hashes. Sourced.
# shellcheck shell=bash

debian_python=/usr/bin/python3  # another python3 on the PATH may be somebody's own
compiled=(pyscard pycups)       # no wheels for Linux: made on this machine

require_python() {
  [[ -x $debian_python ]] || die 69 "$debian_python is missing." "Install it: apt install python3"
  python_release=$(readlink -f "$debian_python")
  python_release=${python_release##*/python3.}
  ((python_release >= 11)) || die 69 "Python 3.$python_release is too old: 3.11 is needed." \
    "Use Debian 12 or 13, or a Raspberry Pi OS made from them."
}

# environment_key LEVEL: changes when an environment must be made anew.
environment_key() {
  local sum files=("$setup/python.sh" "$setup/build.lock" "$setup/run.lock")
  if [[ $1 == test ]]; then files+=("$setup/test.lock"); fi
  sum=$({ cat -- "${files[@]}" && echo "$python_release $MACHTYPE"; } | sha256sum)
  printf '%s' "${sum%% *}"
}

# A stamp is the key, then the modules that the environment had to do without. Such an
# environment stays in use until what compiles them is there.
python_is_ready() {
  local words=() missing=() stamp=$venv/.relais-$1
  missing_modules=()
  [[ -x $venv/bin/python && -r $stamp ]] || return 1
  read -r -a words <"$stamp" || true
  [[ ${words[0]:-} == "$key" ]] || return 1
  missing_modules=("${words[@]:1}")
  python_is_complete && return
  find_missing_in "$setup/debian-build.list"
  [[ ${#missing[@]} -gt 0 ]]
}

python_is_complete() { [[ ${#missing_modules[@]} -eq 0 ]]; }

# build_python LEVEL LOG: make $venv, or find another Python that can start the kiosk.
build_python() {
  local level=$1 log=$2 next="See $2, then run ./relais setup again as root."
  python_is_ready "$level" && return
  if has_network; then
    make_environment "$level" "$log" && return
  else
    next="Run ./relais setup once with a network."
  fi
  if [[ $level == run ]] && use_what_imports; then return; fi
  die 69 "The Python packages of provisioning/setup/$level.lock are not on this machine." "$next"
}

# Whether what `run` needs is whole: then a kiosk may be running from it.
has_run_environment() {
  local stamp=$venv/.relais-run
  [[ -x $venv/bin/python && -r $stamp && $(<"$stamp") == "$(environment_key run)" ]]
}

make_environment() {
  local level=$1 log=$2 each missing=() pip lock=$setup/run.lock locks
  local install=(install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes
    # The build tools come from build.lock: a build must not fetch others of its own.
    --no-build-isolation --use-pep517 --no-binary "${compiled[0]},${compiled[1]}")
  missing_modules=()
  if [[ $level == test ]] && has_run_environment; then
    # Nothing of it is taken away, so that neither a kiosk nor an interrupted set-up loses it.
    say "Adding what tests need to the Python environment in $venv"
    choose_pip "$log" || return 1
    locks=("$setup/test.lock")
  else
    clear_environment "$log" || return 1
    leave_out_compiled
    locks=("$setup/build.lock" "$lock")
    if [[ $level == test ]]; then locks+=("$setup/test.lock"); fi
  fi
  for each in "${locks[@]}"; do
    say "Installing the Python packages of ${each##*/}"
    child "$log" "${pip[@]}" "${install[@]}" -r "$each" || { tail -n 5 "$log" >&2; return 1; }
    # An environment for tests serves a run as well: each level has its own stamp.
    if [[ $each == "$lock" ]]; then
      echo "$(environment_key run)" "${missing_modules[@]}" >"$venv/.relais-run"
    fi
  done
  echo "$(environment_key "$level")" "${missing_modules[@]}" >"$venv/.relais-$level"
}

# clear_environment LOG: an empty environment, and $pip for it.
clear_environment() {
  local options=(--clear)
  say "Making the Python environment in $venv"
  rm -f -- "$venv"/.relais-*
  mkdir -p -- "${venv%/*}"
  compgen -G "/usr/lib/python3*/ensurepip/__init__.py" >/dev/null || options+=(--without-pip)
  child "$1" "$debian_python" -m venv "${options[@]}" "$venv" && choose_pip "$1"
}

# choose_pip LOG: $pip is the environment's own. Without root there may be no ensurepip: pip then
# runs from its Debian package, unpacked.
choose_pip() {
  pip=("$venv/bin/python" -m pip)
  "$venv/bin/python" -c "import pip" >/dev/null 2>&1 && return
  fetch_package python3-pip-whl "$parts/pip" "$1" || return 1
  pip=("$venv/bin/python" "$(compgen -G "$parts/pip/usr/share/python-wheels/pip-*.whl")/pip")
}

# Where a compiler is missing, $lock becomes one without what must be compiled.
leave_out_compiled() {
  find_missing_in "$setup/debian-build.list"
  [[ ${#missing[@]} -gt 0 && ${missing[*]} != python3-venv ]] || return 0
  missing_modules=("${compiled[@]}")
  lock=$parts/run-without-compiled.lock
  say "Without ${missing[*]}, the environment goes without ${compiled[*]}."
  awk -v skip="^(${compiled[0]}|${compiled[1]})==" '/^[a-z]/ {off = $0 ~ skip} !off' \
    "$setup/run.lock" >"$lock"
}

# Without a network, an environment from older lock files or Debian's own packages can still carry
# the simulators: whatever can import the program can start it.
use_what_imports() {
  local each
  for each in "$venv/bin/python" "$debian_python"; do
    [[ -x $each ]] || continue
    (cd -- "$here" && "$each" -c 'import provisioning.twin.__main__') >/dev/null 2>&1 || continue
    say "These are not the Python packages of run.lock: $each has others, and they must do."
    python=$each
    missing_modules=()
    "$each" -c 'import smartcard' >/dev/null 2>&1 || missing_modules+=(pyscard)
    "$each" -c 'import cups' >/dev/null 2>&1 || missing_modules+=(pycups)
    return
  done
  return 1
}
