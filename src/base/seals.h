#pragma once
// Codes that this server makes, so that it knows its own values again (include/duramen/sealed.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duramen {

// From the system's source. Throws std::runtime_error if it has none.
std::string randomBytes(std::size_t count);

class Seals {
 public:
  // Of 32 bytes that nobody else has. Throws std::invalid_argument if there are fewer.
  explicit Seals(std::string key);
  // With a key that ends with the process.
  static Seals random();

  // The value's text with its code before it.
  std::string seal(std::string_view action, std::uint32_t position, std::string_view text) const;
  // The value's text; nothing unless it was sealed with this key for this place. Takes as long for any wrong code.
  std::optional<std::string_view> open(std::string_view action, std::uint32_t position, std::string_view sealed) const;

 private:
  std::string codeOf(std::string_view action, std::uint32_t position, std::string_view text) const;
  std::string key_;
};

}  // namespace duramen
