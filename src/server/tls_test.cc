#include "server/tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/testing/temporary_directory.h"
#include "server/self_signed.h"
#include "server/test_peer.h"
#include "server/transport_metrics.h"

namespace duramen::server {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::TestServer;

FILE* openedFile(const std::string& path, const char* mode) {
  FILE* const file = std::fopen(path.c_str(), mode);
  if (!file) throw std::runtime_error("cannot open " + path);
  return file;
}

// A pair whose certificate is valid from and until so many seconds from now.
TlsFiles makePair(const TemporaryDirectory& folder, const std::string& name, long from = -60, long until = 3600,
                  const char* password = nullptr) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), until);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  TlsFiles files{.certificate = folder / (name + ".pem"), .key = folder / (name + ".key")};
  FILE* file = openedFile(files.certificate, "we");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = openedFile(files.key, "we");
  PEM_write_PrivateKey(file, key, password ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                       const_cast<char*>(password));
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

std::string whyNot(const TlsFiles& files) {
  const auto context = TlsContext::load(files);
  return context ? "loaded" : context.error();
}

TEST(TlsContext, SaysWhichFileItCannotUseAndWhy) {
  const TemporaryDirectory folder;
  const TlsFiles good = makePair(folder, "good"), other = makePair(folder, "other");
  EXPECT_EQ(whyNot(good), "loaded");
  EXPECT_TRUE(
      whyNot({folder / "none", good.key}).starts_with("the certificate " + (folder / "none") + " cannot be used: "));
  EXPECT_TRUE(
      whyNot({good.certificate, folder / "none"}).starts_with("the key " + (folder / "none") + " cannot be used: "));
  std::ofstream{folder / "empty"} << "";
  EXPECT_TRUE(whyNot({folder / "empty", good.key}).contains("cannot be used: "));
  EXPECT_TRUE(whyNot({good.certificate, folder / "empty"}).contains("cannot be used: "));
  const auto whyNoCertificate = [&](const std::string& file) {
    const std::string front = "the certificate " + file + " cannot be used: ", why = whyNot({file, good.key});
    return why.starts_with(front) ? why.substr(front.size()) : why;
  };
  const auto whyNoKey = [&](const std::string& file) {
    const std::string front = "the key " + file + " cannot be used: ", why = whyNot({good.certificate, file});
    return why.starts_with(front) ? why.substr(front.size()) : why;
  };
  std::ofstream{folder / "text"} << "hello\n";
  std::ofstream{folder / "cut"} << "-----BEGIN CERTIFICATE-----\nMIIB\n";
  EXPECT_EQ(whyNoCertificate(folder / "none"), "No such file or directory");
  EXPECT_EQ(whyNoKey(folder / "none"), "No such file or directory");
  EXPECT_EQ(whyNoCertificate(folder.path()), "it is a folder");
  EXPECT_EQ(whyNoCertificate(folder / "empty"), "it is empty");
  EXPECT_EQ(whyNoKey(folder / "empty"), "it is empty");
  EXPECT_EQ(whyNoCertificate(folder / "text"), "it is no PEM: expected a line -----BEGIN CERTIFICATE-----");
  EXPECT_EQ(whyNoKey(folder / "text"), "it is no PEM: expected a line -----BEGIN PRIVATE KEY-----");
  EXPECT_EQ(whyNoCertificate(good.key), "its PEM holds no CERTIFICATE: expected a line -----BEGIN CERTIFICATE-----");
  EXPECT_EQ(whyNoKey(good.certificate), "its PEM holds no PRIVATE KEY: expected a line -----BEGIN PRIVATE KEY-----");
  EXPECT_TRUE(whyNoCertificate(folder / "cut").starts_with("its PEM is damaged: "));
  if (::geteuid() != 0) {
    ::chmod((folder / "text").c_str(), 0);
    EXPECT_EQ(whyNoKey(folder / "text"), "Permission denied");
  }
  EXPECT_EQ(whyNot({good.certificate, other.key}),
            "the key " + other.key + " is not the one of the certificate " + good.certificate);
  EXPECT_TRUE(whyNot(makePair(folder, "old", -7200, -3600)).contains("old.pem expired at 20"));
  EXPECT_TRUE(whyNot(makePair(folder, "young", 3600, 7200)).contains("young.pem is not valid before 20"));
  const TlsFiles encrypted = makePair(folder, "encrypted", -60, 3600, "secret");
  EXPECT_EQ(whyNot(encrypted), "the key " + encrypted.key + " is encrypted: expected one without a password");
}

TEST(TlsCredentials, KeepTheOldPairWhereTheNewOneIsRefused) {
  const TemporaryDirectory folder;
  const TlsFiles files = makePair(folder, "pair");
  const auto credentials = TlsCredentials::open(files).value();
  const std::string before = credentials->current()->fingerprint();
  EXPECT_EQ(before.size(), 32U * 3 - 1);
  EXPECT_FALSE(credentials->reloadIfChanged().value());
  std::filesystem::remove(files.key);
  EXPECT_FALSE(credentials->reloadIfChanged());
  EXPECT_EQ(credentials->current()->fingerprint(), before);
  EXPECT_FALSE(credentials->reloadIfChanged().value()) << "said once";
  makePair(folder, "pair");
  EXPECT_TRUE(credentials->reloadIfChanged().value());
  EXPECT_NE(credentials->current()->fingerprint(), before);
  EXPECT_TRUE(credentials->reload());
}

TEST(SelfSigned, IsMadeOnceAndKeptFromOthers) {
  const TemporaryDirectory folder;
  const auto made = selfSigned(folder.path() / "tls", {"robot.local", "192.0.2.7"});
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(whyNot(*made), "loaded");
  struct stat key{};
  ASSERT_EQ(::stat(made->key.c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600U);
  const std::string fingerprint = TlsContext::load(*made).value()->fingerprint();
  EXPECT_EQ(TlsContext::load(selfSigned(folder.path() / "tls", {}).value()).value()->fingerprint(), fingerprint);
  std::filesystem::remove(made->key);
  EXPECT_NE(TlsContext::load(selfSigned(folder.path() / "tls", {}).value()).value()->fingerprint(), fingerprint);
  FILE* const file = openedFile(made->certificate, "re");
  X509* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  EXPECT_EQ(X509_check_host(certificate, "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_host(certificate, "evil.example", 0, 0, nullptr), 0);
  X509_free(certificate);
}

TEST(SelfSigned, SaysWhereItCannotBeWritten) {
  const TemporaryDirectory folder;
  std::ofstream{folder / "file"} << "x";
  const auto made = selfSigned(folder.path() / "file" / "tls", {});
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().starts_with("cannot make " + (folder / "file"))) << made.error();
}

// OpenSSL's client on a Peer's socket, which waits.
class TlsPeer {
 public:
  struct Options {
    int most = TLS1_3_VERSION;
    std::string protocols = {};  // as ALPN writes them
    SSL_SESSION* session = nullptr;
    int receiveBuffer = 0;
  };
  explicit TlsPeer(const std::string& address) : TlsPeer(address, Options{}) {}
  TlsPeer(const std::string& address, const Options& options)
      : socket_(address, options.receiveBuffer), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options.most);
    SSL_CTX_set_security_level(context_, 0);  // so that it offers what we refuse
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    tls_ = SSL_new(context_);  // NOLINT(cppcoreguidelines-prefer-member-initializer): it takes the settings above
    if (!options.protocols.empty())
      SSL_set_alpn_protos(tls_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
    if (options.session) SSL_set_session(tls_, options.session);
    SSL_set_fd(tls_, socket_.descriptor());
    connected_ = SSL_connect(tls_) == 1;
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    SSL_shutdown(tls_);  // else its session is not to be resumed
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }

  bool connected() const { return connected_; }
  SSL* get() const { return tls_; }
  Peer& socket() { return socket_; }
  void send(std::string_view bytes) {
    std::size_t sent = 0;
    EXPECT_EQ(SSL_write_ex(tls_, bytes.data(), bytes.size(), &sent), 1);
  }
  std::string readUntil(std::string_view mark) {
    std::string all;
    char c = 0;
    while (!all.ends_with(mark) && SSL_read(tls_, &c, 1) == 1) all += c;
    return all;
  }
  std::string read(std::size_t size) {
    std::string all(size, '\0');
    std::size_t at = 0;
    while (at < size) {
      std::size_t got = 0;
      if (SSL_read_ex(tls_, all.data() + at, size - at, &got) != 1) break;
      at += got;
    }
    all.resize(at);
    return all;
  }
  std::string get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string head = readUntil("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? head : read(static_cast<std::size_t>(std::stoul(head.substr(at + 16))));
  }

 private:
  Peer socket_;
  SSL_CTX* context_;
  SSL* tls_;
  bool connected_ = false;
};

class TlsTransport : public testing::Test {
 public:
  TlsTransport() {
    server.run([&] { server.transport.accept(listener, {.tls = credentials.get()}); });
  }

 protected:
  const TemporaryDirectory folder;
  const TlsFiles files = makePair(folder, "pair");
  const std::unique_ptr<TlsCredentials> credentials = TlsCredentials::open(files).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server;
  const std::string& address() const { return listener.address(); }
};

TEST_F(TlsTransport, SpeaksOneTwoAndOneThreeAndNothingOlder) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPeer peer{address(), {.most = version}};
    ASSERT_TRUE(peer.connected());
    EXPECT_EQ(SSL_version(peer.get()), version);
    EXPECT_EQ(peer.get("/a"), "GET ");
    server.run([&] { EXPECT_EQ(server.handler.last.scheme, "https"); });
  }
  EXPECT_FALSE((TlsPeer{address(), {.most = TLS1_1_VERSION}}.connected()));
  server.run([] {});  // what it logs is logged
  EXPECT_TRUE(server.logged().contains("a TLS handshake with 127.0.0.1 failed: unsupported protocol"))
      << server.logged();
  EXPECT_EQ(server.transport.metrics().failedHandshakes.value(), 1U);
}

TEST_F(TlsTransport, AgreesOnHttp11AndOnNothingElse) {
  TlsPeer both{address(), {.protocols = "\x02h2\x08http/1.1"}};
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.get(), &chosen, &size);
  EXPECT_EQ((std::string{reinterpret_cast<const char*>(chosen), size}), "http/1.1");
  EXPECT_FALSE((TlsPeer{address(), {.protocols = "\x02h2"}}.connected()));
}

TEST_F(TlsTransport, ResumesSessionsAlsoAfterAReload) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_SESSION* session = nullptr;
    {
      TlsPeer first{address(), {.most = version}};
      EXPECT_EQ(first.get("/"), "GET ");  // reads the ticket, too
      EXPECT_EQ(SSL_session_reused(first.get()), 0);
      session = SSL_get1_session(first.get());
    }
    ASSERT_TRUE(credentials->reload());
    TlsPeer second{address(), {.most = version, .session = session}};
    EXPECT_EQ(second.get("/"), "GET ");
    EXPECT_EQ(SSL_session_reused(second.get()), 1) << version;
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsTransport, GivesNewConnectionsTheNewCertificateAndKeepsTheOldOnes) {
  TlsPeer old{address()};
  EXPECT_EQ(old.get("/"), "GET ");
  const std::string before = credentials->current()->fingerprint();
  makePair(folder, "pair");
  ASSERT_TRUE(credentials->reload());
  EXPECT_NE(credentials->current()->fingerprint(), before);
  TlsPeer fresh{address()};
  EXPECT_EQ(fresh.get("/"), "GET ");
  EXPECT_EQ(old.get("/"), "GET ");
  X509* const one = SSL_get1_peer_certificate(old.get());
  X509* const other = SSL_get1_peer_certificate(fresh.get());
  EXPECT_NE(X509_cmp(one, other), 0);
  X509_free(one);
  X509_free(other);
}

TEST_F(TlsTransport, CarriesMuchBothWays) {
  const std::string large(3 * 1024 * 1024, 'y');
  TlsPeer peer{address()};
  peer.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" + large);
  peer.readUntil("\r\n\r\n");
  EXPECT_EQ(peer.read(large.size() + 5), "POST " + large);
}

TEST_F(TlsTransport, SendsToAReaderThatTakesItsTime) {
  const std::string large(8 * 1024 * 1024, 'x');
  server.run([&] { server.handler.staticBody = large; });
  TlsPeer peer{address(), {.receiveBuffer = 4096}};
  peer.send("GET /static HTTP/1.1\r\nHost: h\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  EXPECT_EQ(peer.read(large.size()), large);
  EXPECT_TRUE(peer.readUntil("\r\n\r\n").contains("X-Path: /after"));
}

TEST_F(TlsTransport, CarriesWebSocketsOfWhichASlowOneGetsTheLatestPageWhole) {
  TlsPeer peer{address(), {.receiveBuffer = 4096}};
  peer.send(
      "GET /socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_TRUE(peer.readUntil("\r\n\r\n").starts_with("HTTP/1.1 101"));
  server.handler.await("opened");
  const SocketId socket = server.onlySocket();
  // Far more than the socket takes: what was begun is ended, and of the others only the last one comes.
  constexpr int pages = 200;
  for (int i = 0; i < pages; ++i)
    server.run([&] {
      const std::string page = std::to_string(i) + std::string(100'000 - static_cast<std::size_t>(i), 'p');
      server.transport.push(std::span{&socket, 1},
                            std::make_shared<const std::string>(wire::frame(wire::Opcode::binary, page)));
    });
  std::string last;
  while (!last.starts_with(std::to_string(pages - 1))) {
    const std::string head = peer.read(10);
    ASSERT_EQ(head.size(), 10U);
    std::uint64_t size = 0;
    for (int i = 2; i < 10; ++i) size = size << 8 | static_cast<unsigned char>(head[static_cast<std::size_t>(i)]);
    last = peer.read(size);
    ASSERT_EQ(last.substr(last.find('p')), std::string(last.size() - last.find('p'), 'p'));
  }
}

TEST_F(TlsTransport, TellsWhoSpeaksPlainHttpSo) {
  Peer peer{address()};
  const auto answer = peer.get("/");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "this port speaks TLS: its addresses begin with https\n");
  EXPECT_EQ(peer.readAll(), "");
}

TEST_F(TlsTransport, SurvivesGarbageAndWhoeverVanishes) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), std::string(100'000, '\x16'), std::string("\0\0\0", 3)}) {
    Peer peer{address()};
    peer.send(bytes);
    peer.endOutput();
    peer.readAll();
  }
  for (int i = 0; i < 20; ++i) {
    Peer peer{address()};
    peer.send(std::string("\x16\x03\x01", 3));
    peer.reset();
  }
  TlsPeer peer{address()};
  EXPECT_EQ(peer.get("/"), "GET ");
}

TEST_F(TlsTransport, EndsWithAWordSoThatNothingCanBeCutOff) {
  TlsPeer peer{address()};
  peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  EXPECT_EQ(peer.read(100), "GET ");
  EXPECT_EQ(SSL_get_shutdown(peer.get()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST(TlsTransportTime, EndsAHandshakeThatTakesTooLong) {
  const TemporaryDirectory folder;
  const auto credentials = TlsCredentials::open(makePair(folder, "pair")).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server{{.headerTime = 20ms}};
  server.run([&] { server.transport.accept(listener, {.tls = credentials.get()}); });
  Peer peer{listener.address()};
  peer.send(std::string("\x16\x03\x01", 3));
  EXPECT_EQ(peer.readAll(), "");
}

// What the kernel did not take may stand in a record that TLS has made already.
TEST(TlsTransportTime, GivesUpOnAPeerThatTakesNothingOfItsAnswer) {
  const TemporaryDirectory folder;
  const auto credentials = TlsCredentials::open(makePair(folder, "pair")).value();
  Listener listener = Listener::open("127.0.0.1:0").value();
  TestServer server{{.answerRateAfter = 50ms}};
  server.run([&] { server.transport.accept(listener, {.tls = credentials.get()}); });
  TlsPeer peer{listener.address(), {.receiveBuffer = 4096}};
  peer.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  const auto deadline = std::chrono::steady_clock::now() + test::patience;
  const auto isGone = [&] {
    test::MadeBody& made = *server.handler.made;
    if (made.wake) made.add(std::string(10'000, 'b'));  // less than a record
    return made.gone;
  };
  bool gone = false;
  while (!(gone = server.run(isGone)) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace duramen::server
