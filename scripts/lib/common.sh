# What the scripts share: to be sourced, after `set -euo pipefail`.
# Going to the tree's root, installing what is missing, and showing that a long step is alive.

script=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tree=$PWD
logs=$tree/build/log
# As many jobs as cores, and as memory allows: clang takes up to 1.5 GB for a source that includes Asio.
jobs=$(nproc)
memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1500000))
((jobs <= memory)) || jobs=$((memory > 0 ? memory : 1))

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# `--help` prints the comment at the top of the script.
help_if_asked() {
  case "${1:-}" in
    -h | --help)
      sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$script"
      exit 0
      ;;
  esac
}

# Debian packages, by what they are needed for.
packages_build=(clang-19 lld-19 libstdc++-12-dev cmake ninja-build ccache libboost1.81-dev libboost-json1.81-dev
  libboost-url1.81-dev libsimdjson-dev libssl-dev zlib1g-dev libsqlite3-dev libfmt-dev libcli11-dev
  nodejs npm)
packages_test=(libclang-rt-19-dev llvm-19 g++ clang-format-19 clang-tidy-19 libgtest-dev libgmock-dev chromium
  fonts-dejavu-core python3-websockets)
packages_bench=(libbenchmark-dev nginx-light)

# Installs those of the named packages that are not there; in no time if all are.
need_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system, so nothing is installed here. Needed: $*"
    return
  fi
  for package in "$@"; do
    # Node.js that came another way, newer than Debian's, serves as well; Debian's npm cannot stand beside it.
    [[ $package != nodejs ]] || ! command -v node >/dev/null || continue
    [[ $package != npm ]] || ! command -v npm >/dev/null || continue
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      die "these Debian packages are missing, and to install them takes root or sudo: ${missing[*]}"
    elif ! sudo -n true 2>/dev/null && ! { [[ -t 0 ]] && sudo -v; }; then
      die "these Debian packages are missing, and sudo refuses to install them: ${missing[*]}"
    fi
    root=(sudo)
  fi
  local path=/usr/sbin:/usr/bin:/sbin:/bin
  if grep -q ' /etc/ssl/certs/ca-certificates.crt ' /proc/self/mountinfo; then
    # Mounted from outside, as in many containers: the package of certificates would fail to replace it. Leave it alone.
    mkdir -p build/bin || die "no right to write in $tree/build"
    ln -sf /bin/true build/bin/update-ca-certificates
    path=$tree/build/bin:$PATH
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 -o DPkg::Path="$path")
  step "Reading the package lists" "${apt[@]}" update
  step "Installing ${#missing[@]} Debian packages: ${missing[*]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

seconds_since() { echo $((SECONDS - $1)); }

# step TEXT COMMAND...: runs the command with its output in a log, shows how far it is, and shows the log's end if it
# fails. On a terminal one line is rewritten each second, elsewhere a line appears every 20 seconds. Leaves `log`.
step() {
  local text=$1 name start=$SECONDS pid status=0 shown=0
  shift
  name=$(tr -cs 'a-zA-Z0-9' '-' <<<"${text:0:30}")
  mkdir -p "$logs" || die "no right to write in $tree/build"
  log=$logs/${name%-}.log
  echo "$text"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.5
    local last passed=$((SECONDS - start))
    ((passed > shown)) || continue
    last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c 1-"$((${COLUMNS:-100} - 12))") || last=
    if [[ -t 1 ]]; then
      shown=$passed
      printf '\r\e[K  %4d s  %s' "$passed" "$last"
    elif ((passed >= shown + 20)); then
      shown=$passed
      printf '  %4d s  %s\n' "$passed" "$last"
    fi
  done
  wait "$pid" || status=$?
  [[ ! -t 1 ]] || printf '\r\e[K'
  if ((status)); then
    tail -n 100 "$log" >&2
    die "failed: ${text} (the whole output: ${log#"$tree"/})"
  fi
}

# Configures a preset once; ninja does it again when a CMake file changes.
configure() { [[ -f build/$1/build.ninja ]] || step "Configuring build/$1" cmake --preset "$1"; }

# build PRESET TARGETS...
build() {
  local preset=$1
  shift
  configure "$preset"
  step "Building ${*:-all} in build/$preset" ninja -j "$jobs" -C "build/$preset" "$@"
}

# Our C++ files with the given endings.
our_sources() {
  local each names=()
  for each in "$@"; do names+=(-o -name "*$each"); done
  find include src examples test bench -name node_modules -prune -o -type f \( "${names[@]:1}" \) -print | sort
}

# Our sources that differ from origin/main or, on main itself, from the commit before; all of them where git cannot tell.
# A changed header stands for the sources that include it.
changed_sources() {
  local base file
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=
  [[ -n $base && $base != $(git rev-parse HEAD) ]] || base=$(git rev-parse --verify -q HEAD~1 2>/dev/null) || base=
  if [[ -z $base ]]; then
    our_sources .cc
    return
  fi
  { git diff --name-only "$base" && git ls-files --others --exclude-standard; } | sort -u | while read -r file; do
    [[ -f $file ]] || continue
    case $file in
      test/must_not_compile/*) ;;
      *.cc) echo "$file" ;;
      *.h)
        local include=${file#src/}
        grep -rlF "\"${include#include/}\"" --include='*.cc' src examples test bench || true
        ;;
    esac
  done | sort -u
}

# clang-tidy over the given sources, those that build/dev compiles.
tidy() {
  local file known=()
  for file in "$@"; do
    grep -qF "\"file\": \"$tree/$file\"" build/dev/compile_commands.json && known+=("$file")
  done
  ((${#known[@]})) || return 0
  printf '%s\n' "${known[@]}" | xargs -P "$jobs" -n 1 clang-tidy-19 -p build/dev --quiet --use-color=false
}
