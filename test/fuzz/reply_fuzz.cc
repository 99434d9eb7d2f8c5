// Whatever a browser may send as the arguments of an action: decoded or refused, and what was decoded becomes an
// action's own types or an error.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "flight/reply.h"

namespace {

struct Leg {
  double speed;
  std::optional<std::string> note;
};
struct Order {
  std::string name;
  std::vector<Leg> legs;
  std::int32_t level;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  const duramen::flight::ReplyLimits limits{.nodes = 10'000, .textBytes = 64 * 1024};
  const auto arguments = duramen::flight::decodeArguments(body, limits);
  if (!arguments) return 0;
  [[maybe_unused]] const auto decoded =
      duramen::detail::decodeArguments<Order, std::string, std::optional<bool>>(*arguments, "fuzzed");
  return 0;
}
