#include "wire/websocket_extensions.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"

namespace duramen::wire {
namespace {

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

// "name" or "name=value"; the value may stand in quotes.
Parameter parameterIn(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return {text, std::nullopt};
  std::string_view value = trimmedBlanks(text.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  return {trimmedBlanks(text.substr(0, equals)), value};
}

// RFC 7692 §7.1.2: 8 to 15, without leading zeros.
bool isWindowBits(std::string_view value) {
  return value == "8" || value == "9" || (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5');
}

// What is answered to one offer, if it can be met. An unknown parameter, one that is there twice and a wrong value make
// that it cannot (§7.1).
std::optional<std::string> answerTo(std::string_view offer) {
  std::string answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  std::vector<std::string_view> seen;
  while (!offer.empty()) {
    const auto [name, value] = parameterIn(trimmedBlanks(takeUntil(offer, ';')));
    if (std::ranges::find(seen, name) != seen.end()) return std::nullopt;
    seen.push_back(name);
    if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
      if (value) return std::nullopt;
    } else if (name == "client_max_window_bits") {
      if (value && !isWindowBits(*value)) return std::nullopt;
    } else if (name == "server_max_window_bits") {
      if (!value || !isWindowBits(*value)) return std::nullopt;
      answer.append("; server_max_window_bits=").append(*value);
    } else {
      return std::nullopt;
    }
  }
  return answer;
}

}  // namespace

std::optional<std::string> agreedDeflate(std::string_view offers) {
  while (!offers.empty()) {
    std::string_view offer = trimmedBlanks(takeUntil(offers, ','));
    if (trimmedBlanks(takeUntil(offer, ';')) != "permessage-deflate") continue;
    if (auto answer = answerTo(offer)) return answer;
  }
  return std::nullopt;
}

}  // namespace duramen::wire
