// How long well-behaved clients wait alone, and beside clients that mean no good, and whether the server's memory comes
// back when those have gone. scripts/bench attack
//
//   bench_attack            all attacks
//   bench_attack pings      those whose name holds one of the words

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "attackers.h"
#include "base/descriptor_limit.h"
#include "base/testing/temporary_directory.h"
#include "client_socket.h"
#include "duramen.h"
#include "socket_crowd.h"
#include "well_behaved.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds alone{5};
// Long enough for a header's time to be over, which is 10 seconds.
constexpr Seconds under{13};
constexpr Seconds settling{8};

constexpr std::size_t textBytes = 400;

struct Env {
  std::atomic<int>& round;
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using BenchContext = Context<Env>;

Node boardPage(BenchContext& ctx) {
  std::string text = std::to_string(ctx.env.round.load());
  text.resize(textBytes, '.');
  return html::main(html::p(text));
}
Task<void> set(BenchContext& ctx, int round) { co_return ctx.env.round.store(round); }
constexpr Action<"set", set> setAction;
constexpr Path<"/"> boardPath;

// One loop, and all limits as they are, but for the number of connections.
[[noreturn]] void serve(std::uint16_t port, const std::string& data) {
  std::atomic<int> current = 0;
  Env env{.round = current};
  ServerOptions options;
  options.listen = fmt::format("127.0.0.1:{}", port);
  options.data = data;
  options.threads = 1;
  options.maxConnections = 20'000;
  Server server{defineApp<BenchContext>(realtimeRoute(&Env::realtime), actions(setAction),
                                        render(nullptr, route(boardPath, boardPage))),
                env, std::move(options)};
  server.start();
  for (;;) ::pause();
}

struct Kind {
  std::string name;
  Attack::Run run;
  std::string unit;  // of what it has done
  double perUnit;
};

std::vector<Kind> kinds() {
  return {{"10,000 slow headers", slowLoris(10'000), "connections", 1},
          {"2,000 a second that vanish", vanishing(2'000), "connections", 1},
          {"flood of frames of 1 byte", flood(10, fragmentedAction()), "MB", 1e6},
          {"flood of pings", flood(10, pings()), "MB", 1e6},
          {"flood of tiny actions", flood(10, actions()), "MB", 1e6},
          {"4 MiB of ignored members, deflated, 1 socket", flood(1, ignoredMembers()), "KB", 1e3},
          {"4 MiB of ignored members, deflated, 4 sockets", flood(4, ignoredMembers()), "KB", 1e3},
          {"posts of 1 MB whose names collide, 4 connections", posts(4, collidingNames()), "MB", 1e6},
          {"2 MiB of ignored arguments, deflated, 4 sockets", flood(4, ignoredArguments()), "KB", 1e3},
          {"200 half messages", holding(200, halfMessage()), "MB", 1e6},
          {"100 sockets with 69 requests of 2 MB", holding(100, waitingRequests()), "MB", 1e6},
          {"100 sockets with unread pongs", holding(100, manyPings()), "MB", 1e6}};
}

void print(const char* what, const Waits& before, const Waits& during) {
  fmt::print(
      "  {:<8} median {:6.2f} ms alone, {:6.2f} attacked; p99 {:6.2f}, {:6.2f}: {:5.2f} times; worst {:6.2f}, "
      "{:6.2f}\n",
      what, before.median, during.median, before.p99, during.p99, during.p99 / before.p99, before.worst, during.worst);
}

// Where each part of it runs.
struct Places {
  ChildProcess::Options server, clients, attackers;
};

Places places() {
  if (std::thread::hardware_concurrency() < 2)
    return {.server = {}, .clients = {}, .attackers = {.core = {}, .modest = true}};
  return {.server = {.core = 0}, .clients = {.core = 1}, .attackers = {.core = 1, .modest = true}};
}

void measure(const Kind& kind, const ChildProcess& server, WellBehaved& clients, std::uint16_t port) {
  const auto megabytes = [&] { return static_cast<double>(server.ownBytes()) / 1e6; };
  const double memoryBefore = megabytes();
  const WellBehaved::Measured before = clients.measure(alone);
  WellBehaved::Measured during;
  double memoryUnder = 0, cpu = 0, done = 0;
  {
    const Attack attack{port, kind.run, places().attackers};
    const Clock::time_point start = Clock::now();
    const auto cpuBefore = server.cpuTime();
    const std::uint64_t doneBefore = attack.done();
    during = clients.measure(under);
    const double took = Seconds(Clock::now() - start).count();
    cpu = (server.cpuTime() - cpuBefore).count() / took;
    done = static_cast<double>(attack.done() - doneBefore) / took;
    memoryUnder = megabytes();
  }
  std::this_thread::sleep_for(settling);
  fmt::print("{}: {:.1f} {}/s, server CPU {:.0f}%, memory {:.1f} MB before, {:.1f} under it, {:.1f} after\n", kind.name,
             done / kind.perUnit, kind.unit, 100 * cpu, memoryBefore, memoryUnder, megabytes());
  print("actions", before.action, during.action);
  print("pages", before.page, during.page);
  std::fflush(stdout);
}

void run(const std::vector<std::string>& words) {
  const TemporaryDirectory data;
  const std::uint16_t port = freePort();
  const ChildProcess server{[&] { serve(port, data.path()); }, places().server};
  awaitListener(port);
  WellBehaved clients{port, places().clients};
  fmt::print(
      "{} realtime clients, an action every {} ms each; {} connections, a page every {} ms each.\n"
      "The server has one loop, on core 0; the clients are on core 1, and the attackers have what time these leave "
      "(SCHED_IDLE).\n",
      WellBehaved::clients, WellBehaved::actionEvery.count(), WellBehaved::connections, WellBehaved::pageEvery.count());
  clients.measure(Seconds{2});
  for (const Kind& each : kinds())
    if (words.empty() || std::ranges::any_of(words, [&](const std::string& word) { return each.name.contains(word); }))
      measure(each, server, clients, port);
}

}  // namespace
}  // namespace duramen::bench

int main(int argc, char** argv) {
  duramen::raiseDescriptorLimit();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    duramen::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
