# The parts of scripts/test, to be sourced by it. Each is a function leg_NAME that ends the script if something fails, and
# sets `count` to the number of tests that it ran.

leg_build() { build dev; }

leg_cpp() {
  build dev
  step "Running the C++ tests" ctest --test-dir build/dev -j "$jobs" --output-on-failure --no-tests=error
  count=$(counted 's/.* tests failed out of \([0-9]*\)$/\1/p')
}

leg_release() {
  build release
  step "Saving a note through the release build" node test/release/save.mjs build/release/bin/notes
  step "Making 120,000 connections to it" build/release/bin/connections build/release/bin/notes
  sed 's/^/  /' "$log"
  step "Attacking it in 300 MB of address space" node test/release/memory.mjs build/release/bin/notes
  sed 's/^/  /' "$log"
  count=$((2 + $(counted 's/^\([0-9]*\) passed$/\1/p')))
}

# The rooms with threads; that their tests pass is counted in `cpp`.
leg_tsan() {
  local rooms=(loop objects realtime server) room
  build tsan "${rooms[@]/%/_test}"
  for room in "${rooms[@]}"; do
    step "Running ${room}_test with ThreadSanitizer" "build/tsan/bin/${room}_test" --gtest_brief=1
  done
}

leg_gcc() {
  configure release
  step "Reading all sources with g++" node scripts/lib/gcc_syntax.mjs build/release "$jobs"
}

leg_lint() {
  local files
  step "Checking the format" scripts/format --check
  configure dev
  mapfile -t files < <(changed_sources)
  step "Running clang-tidy on the ${#files[@]} sources that changed" tidy "${files[@]}"
}

leg_fuzz() {
  local fuzzers seconds fuzzer name
  build dev
  fuzzers=(build/dev/bin/fuzz_*)
  [[ -e ${fuzzers[0]} ]] || die "no fuzzer was built"
  seconds=$((${FUZZ_SECONDS:-120} / ${#fuzzers[@]} + 1))
  for fuzzer in "${fuzzers[@]}"; do
    name=${fuzzer##*/fuzz_}
    mkdir -p "build/fuzz/$name"
    step "Fuzzing $name for $seconds s" "$fuzzer" -max_total_time="$seconds" -artifact_prefix="build/fuzz/$name-" \
      -timeout=10 -print_final_stats=1 "build/fuzz/$name" $(ls -d "test/fuzz/corpus/$name" 2>/dev/null)
    grep -o 'number_of_executed_units: .*' "$log" | sed 's/number_of_executed_units:/  inputs tried:/'
  done
}

leg_client() {
  npm_ci
  step "Checking the types of the browser package" npm --prefix client run check
  step "Running its tests" npm --prefix client test
  count=$(counted 's/^ *Tests .* \([0-9]*\) passed.*/\1/p')
}

leg_peers() {
  npm_ci
  build dev websocket_echo
  local echo=$tree/build/dev/bin/websocket_echo
  ECHO_BIN=$echo step "Echoing to ws of npm" node --test --test-reporter=tap test/conformance/websocket/peers.mjs
  count=$(counted 's/^# pass \([0-9]*\)$/\1/p')
  ECHO_BIN=$echo step "Echoing to python3-websockets" /usr/bin/python3 test/conformance/websocket/peers.py
  count=$((count + $(counted 's/^\([0-9]*\) passed$/\1/p')))
}

leg_react() {
  npm_ci
  build dev flight_dump flight_case
  react_step "Letting React read and write" run.mjs build/dev/bin/flight_dump
  NODE_ENV=development react_step "The same with React's development build" run.mjs build/dev/bin/flight_dump
  react_step "Comparing with React, in 10,000 cases at random too" compare.mjs build/dev/bin/flight_case
  older_react
  REACT_ROOT=$tree/build/react-19.2 react_step "The same with React 19.2" \
    compare.mjs build/dev/bin/flight_case --cases 1000
}

# A step that runs a script of test/react; what passed is added to the leg's count.
react_step() {
  local text=$1 script=$2 passed
  shift 2
  step "$text" node "test/react/$script" "$@"
  passed=$(counted 's/^\([0-9]*\) passed, 0 failed.*/\1/p')
  count=$((count + passed))
}

# React as test/react/19.2/package.json names it, in build/react-19.2.
older_react() {
  local to=build/react-19.2
  [[ $to/node_modules/.package-lock.json -nt test/react/19.2/package.json ]] && return
  mkdir -p "$to"
  cp test/react/19.2/package.json "$to/"
  step "Installing React 19.2" npm --prefix "$to" install --ignore-scripts --legacy-peer-deps --no-audit --no-fund
}

leg_browser() {
  npm_ci
  build release
  in_browsers "Typing into real browsers" build/release/bin test/browser/*.test.mjs
  # Its console says what React finds wrong with a page; the other tests bring a React of their own.
  build development notes login react_page
  in_browsers "The same with React's development build" build/development/bin \
    test/browser/{notes,login,react_features}.test.mjs
}

# A step that runs tests of test/browser with the programs of a folder; what passed is added to the leg's count.
in_browsers() {
  local text=$1 bin=$tree/$2
  shift 2
  NOTES_BIN=$bin/notes LOGIN_BIN=$bin/login REACT_PAGE_BIN=$bin/react_page SESSION_PAGE_BIN=$bin/session_page \
    STOCK_BIN=$bin/stock step "$text" node --test --test-reporter=tap "$@"
  count=$((count + $(counted 's/^# pass \([0-9]*\)$/\1/p')))
}

# Installs what client/package-lock.json names, unless it is there.
npm_ci() {
  [[ client/node_modules/.package-lock.json -nt client/package-lock.json ]] ||
    step "Installing the browser package's tools" npm --prefix client ci
}

# The number that a sed script finds in the log of the last step; the last one, if there are several.
counted() {
  local number
  number=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | sed -n "$1" | tail -n 1)
  [[ $number =~ ^[0-9]+$ ]] || die "cannot read how many tests ran from ${log#"$tree"/}"
  echo "$number"
}
