// One action, many clients of one key, all updated: what a delivery costs the server, and when the last client has it,
// next to a bare program that send()s the same bytes to as many sockets. scripts/bench fanout

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/descriptor_limit.h"
#include "base/testing/temporary_directory.h"
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

// What one of the two took.
struct Figures {
  std::chrono::nanoseconds cpu{};
  std::vector<double> untilLast;  // milliseconds, of each round

  // A round starts a delivery to all clients and returns when the last one had it.
  template <class Round>
  void measure(Round round) {
    const auto cpuBefore = cpuTime();
    const Clock::time_point start = Clock::now();
    untilLast.push_back(Microseconds(round() - start).count() / 1000);
    cpu += cpuTime() - cpuBefore;
  }
  double cpuPerDelivery(std::uint32_t clients) const {
    return Microseconds(cpu).count() / (static_cast<double>(clients) * static_cast<double>(untilLast.size()));
  }
  double median() {
    std::ranges::sort(untilLast);
    return untilLast[untilLast.size() / 2];
  }
};

// The two take turns, so that what else the machine does meets both.
void compare(SocketCrowd& bareCrowd, SocketCrowd& serverCrowd, std::uint32_t clients, std::uint32_t rounds) {
  SendLoop bare;
  bareCrowd.join(bare.port(), clients, "/__realtime?key=bench&clientId=*");
  bare.accept(clients);
  bareCrowd.awaitJoined();

  const TemporaryDirectory data;
  std::atomic<int> current = 0;
  Env env{.round = current};
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.data = data.path();
  options.maxPassRate = 1'000'000;  // what a round costs, not how many we allow
  options.drain = std::chrono::milliseconds{100};
  Server server{benchApp(), env, std::move(options)};
  server.start();
  const auto port = static_cast<std::uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1)));
  serverCrowd.join(port, clients, "/__realtime?key=bench&url=%2F&clientId=*&shouldForwardResponses=true");
  serverCrowd.awaitJoined();
  serverCrowd.awaitPages(1);  // each join is answered with the current page

  Figures sends;
  Figures ours;
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    const std::string frames = framesOf(static_cast<int>(round));
    sends.measure([&] {
      bare.sendToAll(frames);
      return bareCrowd.awaitPages(round);
    });
    ours.measure([&] {
      serverCrowd.send(0, wire::encodeActionRequest({.id = "set",
                                                     .args = "[" + std::to_string(round) + "]",
                                                     .requestId = wire::streamId(round),
                                                     .clientUrl = "/"}));
      return serverCrowd.awaitPages(1 + round);
    });
  }
  fmt::print("{} clients of one key, {} bytes of text, {} rounds\n", clients, textBytes, rounds);
  const auto print = [&](std::string_view what, Figures& figures) {
    const double median = figures.median();
    fmt::print("  {:<12} {:5.2f} us CPU per delivery, last client after {:7.2f} ms (median), {:7.2f} ms (slowest)\n",
               what, figures.cpuPerDelivery(clients), median, figures.untilLast.back());
  };
  print("bare send()", sends);
  print("duramen", ours);
  fmt::print("  ratio        {:5.2f} in CPU, {:.2f} in the median time\n",
             ours.cpuPerDelivery(clients) / sends.cpuPerDelivery(clients), ours.median() / sends.median());
}

}  // namespace
}  // namespace duramen::bench

int main() {
  using duramen::bench::SocketCrowd;
  duramen::raiseDescriptorLimit();
  // All crowds fork before the first thread begins.
  SocketCrowd bareFew, serverFew;
  duramen::bench::compare(bareFew, serverFew, 1'000, 200);
}
