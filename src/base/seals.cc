#include "base/seals.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

#include "base/base64.h"
#include "base/json.h"
#include "duramen/sealed.h"

namespace duramen {
namespace {

constexpr std::size_t keyBytes = 32;
constexpr std::size_t codeBytes = 32;                      // of SHA-256
constexpr std::size_t codeText = (codeBytes + 2) / 3 * 4;  // in base64

}  // namespace

Seals::Seals(std::string key) : key_(std::move(key)) {
  if (key_.size() < keyBytes) throw std::invalid_argument("a secret has at least 32 bytes");
}

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no random numbers");
  return bytes;
}

Seals Seals::random() { return Seals{randomBytes(keyBytes)}; }

// What is signed begins with what it is for, and says how long that is: no two places have one text.
std::string Seals::codeOf(std::string_view action, std::uint32_t position, std::string_view text) const {
  std::string message = "duramen sealed argument\n" + std::to_string(action.size()) + " ";
  (message += action) += " " + std::to_string(position) + "\n";
  message += text;
  std::string code(codeBytes, '\0');
  unsigned size = 0;
  const unsigned char* const done = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                         reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                                         reinterpret_cast<unsigned char*>(code.data()), &size);
  if (!done || size != codeBytes) throw std::runtime_error("HMAC failed");
  return toBase64(code);
}

std::string Seals::seal(std::string_view action, std::uint32_t position, std::string_view text) const {
  return codeOf(action, position, text).append(text);
}

std::optional<std::string_view> Seals::open(std::string_view action, std::uint32_t position,
                                            std::string_view sealed) const {
  if (sealed.size() < codeText) return std::nullopt;
  const std::string_view text = sealed.substr(codeText);
  const std::string code = codeOf(action, position, text);
  if (CRYPTO_memcmp(code.data(), sealed.data(), codeText) != 0) return std::nullopt;
  return text;
}

std::string detail::sealedText(const Tape& value) {
  auto text = tapeToJson(value);
  if (!text) throw std::invalid_argument("a sealed value is plain data: " + text.error().what);
  return std::move(*text);
}

}  // namespace duramen
