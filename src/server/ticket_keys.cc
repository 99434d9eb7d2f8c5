#include "server/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

namespace duramen::server {
namespace {

TicketKeys::Key randomKey() {
  TicketKeys::Key key;
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
    throw std::runtime_error("OpenSSL has no random bytes");
  return key;
}

bool setMac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
  char digest[] = "sha256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

// OpenSSL's callback: 0 of a ticket that cannot be opened, 2 of one whose client gets a new one.
int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  TicketKeys::Key key = keys.current();
  std::ranges::copy(key.name, name);
  const bool ok = RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
                  EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher.data(), iv, nullptr) == 1 &&
                  setMac(mac, key);
  OPENSSL_cleanse(&key, sizeof key);
  return ok ? 1 : -1;
}

int open(TicketKeys& keys, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
  auto found = keys.find(std::span<const unsigned char, 16>{name, 16});
  if (!found) return 0;
  const bool ok = setMac(mac, found->key) &&
                  EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), found->key.cipher.data(), iv, nullptr) == 1;
  OPENSSL_cleanse(&found->key, sizeof found->key);
  if (!ok) return -1;
  return found->isOld ? 2 : 1;
}

int ticketKey(SSL* tls, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seals) {
  auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls)));
  try {
    return seals == 1 ? seal(keys, name, iv, cipher, mac) : open(keys, name, iv, cipher, mac);
  } catch (const std::exception&) {
    return -1;  // no memory, or no random bytes: there is no ticket
  }
}

}  // namespace

TicketKeys::Key TicketKeys::current() {
  const std::lock_guard lock{mutex_};
  rotate();
  return keys_.front().key;
}

std::optional<TicketKeys::Found> TicketKeys::find(std::span<const unsigned char, 16> name) {
  const std::lock_guard lock{mutex_};
  rotate();
  const auto at =
      std::ranges::find_if(keys_, [&](const Entry& each) { return std::ranges::equal(each.key.name, name); });
  if (at == keys_.end()) return std::nullopt;
  return Found{.key = at->key, .isOld = at != keys_.begin()};
}

void TicketKeys::rotate() {
  const Time now = now_();
  while (!keys_.empty() && now - keys_.back().madeAt >= kept) {
    OPENSSL_cleanse(&keys_.back(), sizeof keys_.back());
    keys_.pop_back();
  }
  if (keys_.empty() || now - keys_.front().madeAt >= inUse) keys_.push_front({randomKey(), now});
}

void TicketKeys::use(ssl_ctx_st* context) {
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &ticketKey);
}

}  // namespace duramen::server
