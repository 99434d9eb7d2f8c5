// Server CPU of one send() per client and time until the last client has the page: the ground that every fan-out stands
// on. scripts/bench send_loop

#include <fmt/format.h>

#include <algorithm>

#include "base/descriptor_limit.h"
#include "send_loop.h"
#include "socket_crowd.h"
#include "wire/realtime.h"

namespace duramen::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

void measure(std::uint32_t clients, std::uint32_t rounds, std::size_t payloadBytes) {
  SocketCrowd crowd;
  SendLoop server;
  crowd.join(server.port(), clients, "/__realtime?key=bench&clientId=*");
  server.accept(clients);
  crowd.awaitJoined();
  const std::string frames = wire::pageFrames(200, wire::streamId(1), std::string(payloadBytes, 'a'));
  const auto cpuBefore = cpuTime();
  std::vector<double> untilLast;
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    const Clock::time_point start = Clock::now();
    server.sendToAll(frames);
    untilLast.push_back(Microseconds(crowd.awaitPages(round) - start).count() / 1000);
  }
  const double cpu = Microseconds(cpuTime() - cpuBefore).count() / (double{1} * clients * rounds);
  std::ranges::sort(untilLast);
  fmt::print(
      "{:>6} clients: {:5.2f} us CPU per delivery, last client after {:7.2f} ms (median), {:7.2f} ms (slowest)\n",
      clients, cpu, untilLast[untilLast.size() / 2], untilLast.back());
}

}  // namespace
}  // namespace duramen::bench

int main() {
  duramen::raiseDescriptorLimit();
  fmt::print("one send() per client of one page of 400 bytes\n");
  duramen::bench::measure(1'000, 200, 400);
  duramen::bench::measure(10'000, 30, 400);
}
