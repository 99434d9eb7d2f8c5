#include "server/tls.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace duramen::server {
namespace {

std::string reasonOf(unsigned long error) {
  const char* const known = ERR_reason_error_string(error);
  return known ? known : "OpenSSL does not say why";
}

// What went wrong in OpenSSL, emptied: the first of it says most.
struct Errors {
  Errors() {
    for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
      const int reason = ERR_GET_REASON(error);
      isPassword = isPassword || (ERR_GET_LIB(error) == ERR_LIB_PEM &&
                                  (reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD));
      isMismatch = isMismatch || (ERR_GET_LIB(error) == ERR_LIB_X509 && reason == X509_R_KEY_VALUES_MISMATCH);
      if (const char* const known = ERR_reason_error_string(error); text.empty() && known) text = known;
    }
    if (text.empty()) text = "OpenSSL does not say why";
  }
  std::string text;
  bool isPassword = false;
  bool isMismatch = false;
};

std::string date(const ASN1_TIME* time) {
  std::tm at{};
  return ASN1_TIME_to_tm(time, &at) == 1 ? fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", at) : "an unknown time";
}

// No key's password is asked for: there may be nobody to answer.
int noPassword(char*, int, int, void*) { return -1; }

// HTTP/1.1, if the client names anything (RFC 7301).
int chooseProtocol(SSL*, const unsigned char** out, unsigned char* outSize, const unsigned char* offered,
                   unsigned int offeredSize, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  const int found =
      SSL_select_next_proto(const_cast<unsigned char**>(out), outSize, ours, sizeof ours - 1, offered, offeredSize);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of 1.2; those of 1.3 are all good
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection holds no buffers, and a write may be tried again from elsewhere.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets hold the sessions
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_default_passwd_cb(context, &noPassword);
  SSL_CTX_set_alpn_select_cb(context, &chooseProtocol, nullptr);
}

// What is the matter with a file that OpenSSL did not take. `kind`: "CERTIFICATE" or "PRIVATE KEY".
std::string faultOf(const std::string& file, std::string_view kind, const Errors& errors) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return std::generic_category().message(errno);
  if (S_ISDIR(found.st_mode)) return "it is a folder";
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  if (!in) return std::generic_category().message(errno);
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (text.empty()) return "it is empty";
  if (!text.contains("-----BEGIN ")) return fmt::format("it is no PEM: expected a line -----BEGIN {}-----", kind);
  if (!text.contains(fmt::format("{}-----", kind)))
    return fmt::format("its PEM holds no {0}: expected a line -----BEGIN {0}-----", kind);
  return "its PEM is damaged: " + errors.text;
}

std::string whyNoKey(const TlsFiles& files, const Errors& errors) {
  if (errors.isPassword) return fmt::format("the key {} is encrypted: expected one without a password", files.key);
  if (errors.isMismatch)
    return fmt::format("the key {} is not the one of the certificate {}", files.key, files.certificate);
  return fmt::format("the key {} cannot be used: {}", files.key, faultOf(files.key, "PRIVATE KEY", errors));
}

// The channel as OpenSSL reads and writes it.

TlsChannel& channelOf(BIO* bio) { return *static_cast<TlsChannel*>(BIO_get_data(bio)); }

int bioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  return channelOf(bio).put(data, size);
}

int bioRead(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const int got = channelOf(bio).get(data, size);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  return got;
}

long bioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, &bioWrite);
    BIO_meth_set_read(made, &bioRead);
    BIO_meth_set_ctrl(made, &bioControl);
    return made;
  }();
  return method;
}

}  // namespace

std::expected<std::shared_ptr<const TlsContext>, std::string> TlsContext::load(const TlsFiles& files,
                                                                               const TlsContext* before) {
  ERR_clear_error();
  auto tickets = before ? before->tickets_ : std::make_shared<TicketKeys>();
  // NOLINTNEXTLINE(modernize-make-shared): the constructor is private
  std::shared_ptr<const TlsContext> context{new TlsContext(SSL_CTX_new(TLS_server_method()), std::move(tickets))};
  configure(context->get());
  context->tickets_->use(context->get());
  if (SSL_CTX_use_certificate_chain_file(context->get(), files.certificate.c_str()) != 1)
    return std::unexpected(fmt::format("the certificate {} cannot be used: {}", files.certificate,
                                       faultOf(files.certificate, "CERTIFICATE", Errors{})));
  if (SSL_CTX_use_PrivateKey_file(context->get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context->get()) != 1)
    return std::unexpected(whyNoKey(files, Errors{}));
  const X509* const certificate = SSL_CTX_get0_certificate(context->get());
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return std::unexpected(
        fmt::format("the certificate {} expired at {}", files.certificate, date(X509_get0_notAfter(certificate))));
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return std::unexpected(fmt::format("the certificate {} is not valid before {}", files.certificate,
                                       date(X509_get0_notBefore(certificate))));
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::string TlsContext::fingerprint() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  X509_digest(SSL_CTX_get0_certificate(context_), EVP_sha256(), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{}{:02X}", i ? ":" : "", digest[i]);
  return text;
}

std::expected<std::unique_ptr<TlsCredentials>, std::string> TlsCredentials::open(TlsFiles files) {
  auto context = TlsContext::load(files);
  if (!context) return std::unexpected(std::move(context.error()));
  return std::unique_ptr<TlsCredentials>{new TlsCredentials(std::move(files), std::move(*context))};
}

TlsCredentials::TlsCredentials(TlsFiles files, std::shared_ptr<const TlsContext> context)
    : files_(std::move(files)), context_(std::move(context)), seen_(state()) {}

std::shared_ptr<const TlsContext> TlsCredentials::current() const {
  const std::lock_guard lock{mutex_};
  return context_;
}

std::expected<void, std::string> TlsCredentials::reload() {
  const auto before = current();
  std::string now = state();
  auto context = TlsContext::load(files_, before.get());
  const std::lock_guard lock{mutex_};
  seen_ = std::move(now);
  if (!context) return std::unexpected(std::move(context.error()));
  context_ = std::move(*context);
  return {};
}

std::expected<bool, std::string> TlsCredentials::reloadIfChanged() {
  {
    const std::lock_guard lock{mutex_};
    if (state() == seen_) return false;
  }
  if (auto reloaded = reload(); !reloaded) return std::unexpected(std::move(reloaded.error()));
  return true;
}

std::string TlsCredentials::state() const {
  std::string all;
  for (const std::string& file : {files_.certificate, files_.key}) {
    struct stat found{};
    if (::stat(file.c_str(), &found) == 0)
      all += fmt::format("{} {} {}.{} ", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
    else
      all += "none ";
  }
  return all;
}

TlsChannel::TlsChannel(std::shared_ptr<const TlsContext> context, int descriptor)
    : context_(std::move(context)), descriptor_(descriptor), tls_(SSL_new(context_->get())) {
  BIO* const bio = BIO_new(socketMethod());
  if (!tls_ || !bio) {
    SSL_free(tls_);
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_, bio, bio);
  SSL_set_accept_state(tls_);
}

TlsChannel::~TlsChannel() { SSL_free(tls_); }

ssize_t TlsChannel::read(std::span<std::byte> into) {
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(tls_, into.data(), into.size(), &got);
  if (result == 1) return static_cast<ssize_t>(got);
  const int error = SSL_get_error(tls_, result);
  if (error == SSL_ERROR_WANT_READ) {
    errno = EAGAIN;
    return -1;
  }
  if (error == SSL_ERROR_SSL && SSL_is_init_finished(tls_) == 0) handshakeFailure_ = reasonOf(ERR_peek_error());
  metPlainHttp_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  ERR_clear_error();
  return 0;
}

ssize_t TlsChannel::write(std::span<const iovec> pieces) {
  flush();
  std::size_t all = 0;
  for (const iovec& piece : pieces)
    for (std::size_t at = 0, taken = 0; at < piece.iov_len; at += taken) {
      if (broken_ || !unsent_.empty()) break;
      ERR_clear_error();
      // One record: OpenSSL is told to take no more at once.
      if (SSL_write_ex(tls_, static_cast<const char*>(piece.iov_base) + at, piece.iov_len - at, &taken) != 1) {
        ERR_clear_error();
        broken_ = true;
      }
      all += taken;
    }
  if (all > 0) return static_cast<ssize_t>(all);
  errno = broken_ ? EPIPE : EAGAIN;
  return -1;
}

void TlsChannel::flush() {
  while (!unsent_.empty() && !broken_) {
    const ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0)
      broken_ = true;
    else
      unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  if (unsent_.empty()) std::string{}.swap(unsent_);  // idle, it holds nothing
}

void TlsChannel::end() {
  ERR_clear_error();
  if (SSL_is_init_finished(tls_) && !broken_) SSL_shutdown(tls_);
  ERR_clear_error();
}

int TlsChannel::put(const char* data, int size) {
  std::string_view rest{data, static_cast<std::size_t>(size)};
  if (unsent_.empty()) {
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return -1;
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  unsent_ += rest;
  return size;
}

int TlsChannel::get(char* data, int size) const {
  return static_cast<int>(::recv(descriptor_, data, static_cast<std::size_t>(size), MSG_DONTWAIT));
}

}  // namespace duramen::server
