// One action, many clients of one key, all updated: what a delivery costs the server, and when the last client has it,
// next to a bare program that send()s the same bytes to as many sockets. scripts/bench fanout

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "duramen.h"
#include "flight/encode.h"
#include "send_loop.h"
#include "socket_crowd.h"
#include "wire/realtime.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr std::size_t textBytes = 400;

struct Env {
  std::atomic<int>& round;
  Namespace<RealtimeDurableObject> realtime{"realtime"};
};
using BenchContext = Context<Env>;

Node pageOf(int round) {
  std::string text = std::to_string(round);
  text.resize(textBytes, '.');
  return html::main(html::p(text));
}
Node boardPage(BenchContext& ctx) { return pageOf(ctx.env.round); }
Task<void> set(BenchContext& ctx, int round) { co_return ctx.env.round.store(round); }
constexpr Action<"set", set> setAction;
constexpr Path<"/"> boardPath;

App<BenchContext> benchApp() {
  return defineApp<BenchContext>(realtimeRoute(&Env::realtime), actions(setAction),
                                 render(nullptr, route(boardPath, boardPage)));
}

class NoReferences final : public flight::References {
 public:
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return std::nullopt; }
  bool hasAction(std::string_view) const override { return true; }
};

// What the server pushes for this round.
std::string framesOf(int round) {
  std::string payload;
  flight::appendPage(payload, pageOf(round), NoReferences{});
  payload += flight::pageEnvelope;
  return wire::pageFrames(200, wire::streamId(1), payload);
}

struct Result {
  double cpuMicroseconds;  // per delivery
  double medianMs, slowestMs;
};

// Runs `round` so often; it starts a delivery to all clients and returns when the last one has it.
template <class Round>
Result measure(std::uint32_t clients, std::uint32_t rounds, Round round) {
  const auto cpuBefore = cpuTime();
  std::vector<double> untilLast;
  for (std::uint32_t i = 1; i <= rounds; ++i) {
    const Clock::time_point start = Clock::now();
    untilLast.push_back(Microseconds(round(i) - start).count() / 1000);
  }
  const double cpu = Microseconds(cpuTime() - cpuBefore).count() / (double{1} * clients * rounds);
  std::ranges::sort(untilLast);
  return {cpu, untilLast[untilLast.size() / 2], untilLast.back()};
}

Result measureBare(SocketCrowd& crowd, std::uint32_t clients, std::uint32_t rounds) {
  SendLoop server;
  crowd.join(server.port(), clients, "/__realtime?key=bench&clientId=*");
  server.accept(clients);
  crowd.awaitJoined();
  return measure(clients, rounds, [&](std::uint32_t round) {
    server.sendToAll(framesOf(static_cast<int>(round)));
    return crowd.awaitPages(round);
  });
}

Result measureServer(SocketCrowd& crowd, std::uint32_t clients, std::uint32_t rounds) {
  const std::string data = (std::filesystem::temp_directory_path() / "duramen-bench-fanout").string();
  std::filesystem::remove_all(data);
  std::atomic<int> current = 0;
  Env env{.round = current};
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.data = data;
  options.maxPassRate = 1'000'000;  // what a round costs, not how many we allow
  options.drain = std::chrono::milliseconds{100};
  Server server{benchApp(), env, std::move(options)};
  server.start();
  const auto port = static_cast<std::uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1)));
  crowd.join(port, clients, "/__realtime?key=bench&url=%2F&clientId=*&shouldForwardResponses=true");
  crowd.awaitJoined();
  crowd.awaitPages(1);  // each join is answered with the current page
  const Result result = measure(clients, rounds, [&](std::uint32_t round) {
    crowd.send(0, wire::encodeActionRequest({"set", "[" + std::to_string(round) + "]", wire::streamId(round), "/"}));
    return crowd.awaitPages(1 + round);
  });
  server.stop();
  std::filesystem::remove_all(data);
  return result;
}

void print(std::string_view what, const Result& result) {
  fmt::print("  {:<12} {:5.2f} us CPU per delivery, last client after {:7.2f} ms (median), {:7.2f} ms (slowest)\n",
             what, result.cpuMicroseconds, result.medianMs, result.slowestMs);
}

void compare(SocketCrowd& bareCrowd, SocketCrowd& serverCrowd, std::uint32_t clients, std::uint32_t rounds) {
  const Result bare = measureBare(bareCrowd, clients, rounds);
  const Result server = measureServer(serverCrowd, clients, rounds);
  fmt::print("{} clients of one key, {} bytes of text, {} rounds\n", clients, textBytes, rounds);
  print("bare send()", bare);
  print("duramen", server);
  fmt::print("  ratio        {:5.2f} in CPU, {:.2f} in the median time\n",
             server.cpuMicroseconds / bare.cpuMicroseconds, server.medianMs / bare.medianMs);
}

}  // namespace
}  // namespace duramen::bench

int main() {
  using duramen::bench::SocketCrowd;
  duramen::bench::raiseDescriptorLimit();
  // All crowds fork before the first thread begins.
  SocketCrowd bareFew, serverFew;
  duramen::bench::compare(bareFew, serverFew, 1'000, 200);
}
