#include "duramen/keyed_hash.h"

#include <openssl/rand.h>

#include <stdexcept>

#include "base/siphash.h"

namespace duramen::detail {
namespace {

// One for the process, so that two tables of one type may be compared and swapped.
SipKey processKey() {
  static const SipKey key = [] {
    SipKey drawn;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&drawn), sizeof drawn) != 1)
      throw std::runtime_error("the system gives no random bytes");
    return drawn;
  }();
  return key;
}

}  // namespace

std::size_t keyedHash(std::string_view bytes) noexcept { return sipHash(processKey(), bytes); }

std::size_t keyedHash(std::uint64_t number) noexcept {
  return keyedHash(std::string_view{reinterpret_cast<const char*>(&number), sizeof number});
}

}  // namespace duramen::detail
