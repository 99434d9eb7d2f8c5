#pragma once
// TLS 1.2 and 1.3 (OpenSSL 3) for connections: a certificate and its key, which may be replaced while the server runs,
// and what stands between a connection and its socket.

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "server/ticket_keys.h"

struct ssl_st;      // OpenSSL's SSL
struct ssl_ctx_st;  // and SSL_CTX

namespace duramen::server {

struct TlsFiles {
  std::string certificate;  // PEM: the server's, then those that lead to a root
  std::string key;          // PEM, not encrypted
};

// One certificate and key, checked. Immutable; connections that began with it keep it.
class TlsContext {
 public:
  // Refuses, with a sentence that names the file: what cannot be read, is no PEM, an encrypted key, a key of another
  // certificate, a certificate that has expired or is not valid yet. `before`: whose sessions may be resumed.
  static std::expected<std::shared_ptr<const TlsContext>, std::string> load(const TlsFiles& files,
                                                                            const TlsContext* before = nullptr);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // Of the certificate, SHA-256: "AB:CD:...".
  std::string fingerprint() const;
  ssl_ctx_st* get() const { return context_; }

 private:
  TlsContext(ssl_ctx_st* context, std::shared_ptr<TicketKeys> tickets)
      : tickets_(std::move(tickets)), context_(context) {}
  const std::shared_ptr<TicketKeys> tickets_;
  ssl_ctx_st* context_;
};

// The context of new connections. Any thread.
class TlsCredentials {
 public:
  static std::expected<std::unique_ptr<TlsCredentials>, std::string> open(TlsFiles files);

  std::shared_ptr<const TlsContext> current() const;
  // Reads the files again. If they are refused, the old ones stay.
  std::expected<void, std::string> reload();
  // The same, if the files are others than at the last look; whether they were.
  std::expected<bool, std::string> reloadIfChanged();

 private:
  TlsCredentials(TlsFiles files, std::shared_ptr<const TlsContext> context);
  // What changes when a file is written or replaced.
  std::string state() const;

  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;
  std::string seen_;
};

// A connection's TLS, on a socket that does not block. On one thread.
class TlsChannel {
 public:
  // REQUIRES: the socket is open while it lives.
  TlsChannel(std::shared_ptr<const TlsContext> context, int descriptor);
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;
  ~TlsChannel();

  // As recv(): -1 and EAGAIN where there is nothing yet; 0 at the end, which a peer that breaks the protocol makes,
  // too. The first reads are the handshake.
  ssize_t read(std::span<std::byte> into);
  // As writev(). What it takes is as good as sent, though hasUnsent() may say that the socket has no room for it yet:
  // at most one record of 16 KiB; until then it takes nothing more (-1 and EAGAIN).
  ssize_t write(std::span<const iovec> pieces);
  bool hasUnsent() const { return !unsent_.empty(); }
  // Sends what is unsent, as far as the socket takes it.
  void flush();
  // Tells the peer that nothing more comes.
  void end();
  // The peer spoke HTTP where TLS was expected.
  bool metPlainHttp() const { return metPlainHttp_; }
  // Why the handshake failed, in OpenSSL's words; empty if it did not.
  const std::string& handshakeFailure() const { return handshakeFailure_; }

  // For OpenSSL: the socket's side.
  int put(const char* data, int size);
  int get(char* data, int size) const;

 private:
  std::shared_ptr<const TlsContext> context_;
  const int descriptor_;
  ssl_st* tls_;
  std::string unsent_;
  bool broken_ = false;
  bool metPlainHttp_ = false;
  std::string handshakeFailure_;
};

}  // namespace duramen::server
