// A body of multipart/form-data that calls an action, and one that a form posts: whatever it is, it is decoded to the
// action's types or refused, in bounded time and memory.

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "duramen/value.h"
#include "flight/form_post.h"
#include "flight/reply.h"

namespace {

struct Item {
  std::string name;
  double amount;
  std::optional<duramen::File> file;
  std::vector<std::int64_t> counts;
  bool ready;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // No copy, so that a read beyond it is seen.
  const duramen::SharedBytes body{nullptr, {reinterpret_cast<const char*>(data), size}};
  constexpr std::string_view type = "multipart/form-data; boundary=x";
  const duramen::flight::ReplyLimits limits{.nodes = 10'000, .textBytes = 64 * 1024};
  if (const auto arguments = duramen::flight::decodeArguments(body, type, limits)) {
    [[maybe_unused]] const auto item =
        duramen::detail::decodeArguments<Item, std::map<std::string, duramen::Date>, std::set<std::int64_t>,
                                         std::optional<duramen::FormData>>(*arguments, "fuzzed");
    [[maybe_unused]] const auto bytes =
        duramen::detail::decodeArguments<std::vector<std::byte>, duramen::BigInt, duramen::TypedArray<float>>(
            *arguments, "fuzzed");
  }
  if (const auto post = duramen::flight::FormPost::of(body, type))
    if (const auto arguments = post->arguments(limits)) {
      [[maybe_unused]] const auto item = duramen::detail::decodeArguments<Item>(*arguments, "fuzzed");
    }
  return 0;
}
