#include "server/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace duramen::server {
namespace {

constexpr std::size_t networkBytes = 8;
constexpr AddressBytes mappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool isV4(const AddressBytes& bytes) { return std::equal(bytes.begin(), bytes.begin() + 12, mappedPrefix.begin()); }

}  // namespace

std::optional<AddressBytes> readAddress(std::string_view text) {
  const std::string name(text);
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  bytes = mappedPrefix;
  if (::inet_pton(AF_INET, name.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

AddressBytes customerOf(std::string_view address) {
  AddressBytes bytes = readAddress(address).value_or(AddressBytes{});
  if (!isV4(bytes)) std::fill(bytes.begin() + networkBytes, bytes.end(), 0);
  return bytes;
}

bool isLoopback(std::string_view address) {
  if (address.empty()) return true;
  const auto bytes = readAddress(address);
  if (!bytes) return false;
  constexpr AddressBytes loopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return *bytes == loopback || (isV4(*bytes) && (*bytes)[12] == 127);
}

}  // namespace duramen::server
