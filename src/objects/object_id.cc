#include "objects/object_id.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>
#include <span>

namespace duramen {

std::string ObjectId::toString() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

namespace objects {
namespace {

constexpr std::size_t halfBytes = 16;

using Mac = std::array<std::uint8_t, EVP_MAX_MD_SIZE>;

Mac hmac(const NamespaceKey& key, std::span<const std::uint8_t> message) {
  Mac mac{};
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), mac.data(),
            nullptr))
    throw std::bad_alloc{};
  return mac;
}

}  // namespace

NamespaceKey namespaceKey(std::string_view storedName) {
  NamespaceKey key{};
  if (!EVP_Digest(storedName.data(), storedName.size(), key.data(), nullptr, EVP_sha256(), nullptr))
    throw std::bad_alloc{};
  return key;
}

ObjectId idFromName(const NamespaceKey& key, std::string_view name) {
  ObjectId id;
  const Mac base = hmac(key, {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  std::ranges::copy_n(base.begin(), halfBytes, id.bytes.begin());
  const Mac seal = hmac(key, std::span{base}.first(halfBytes));
  std::ranges::copy_n(seal.begin(), halfBytes, id.bytes.begin() + halfBytes);
  return id;
}

bool belongsTo(const ObjectId& id, const NamespaceKey& key) {
  const Mac seal = hmac(key, std::span{id.bytes}.first(halfBytes));
  return std::equal(seal.begin(), seal.begin() + halfBytes, id.bytes.begin() + halfBytes);
}

}  // namespace objects
}  // namespace duramen
