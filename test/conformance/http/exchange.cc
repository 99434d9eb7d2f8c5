#include "exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace duramen::conformance {
namespace {

class Socket {
 public:
  explicit Socket(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    const int one = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    if (descriptor_ < 0 || ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      ::close(descriptor_);
      throw std::runtime_error("nothing listens on port " + std::to_string(port));
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }

  // Less than all of them if the server has closed.
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::string readAll(int patience) const {
    std::string all;
    for (;;) {
      pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, patience * 1000) <= 0) throw std::runtime_error("no end came after: " + all);
      std::array<char, 65536> buffer{};
      const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int descriptor_;
};

}  // namespace

std::string exchange(int port, std::string_view bytes, std::size_t piece, int patience) {
  const Socket socket{port};
  for (std::size_t at = 0; at < bytes.size(); at += piece) socket.send(bytes.substr(at, piece));
  return socket.readAll(patience);
}

std::string Answer::field(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  return head.substr(at + start.size(), head.find("\r\n", at + start.size()) - at - start.size());
}

std::vector<Answer> parseAnswers(std::string_view bytes, const std::vector<bool>& heads) {
  std::vector<Answer> answers;
  while (!bytes.empty()) {
    Answer answer;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.") || end == bytes.npos) {
      answer.body = bytes;
      answers.push_back(std::move(answer));
      break;
    }
    answer.head = bytes.substr(0, end + 2);
    bytes.remove_prefix(end + 4);
    std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    if (answer.status < 200) continue;
    const bool toHead = answers.size() < heads.size() && heads[answers.size()];
    const std::string length = answer.field("Content-Length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (toHead) size = 0;
    answer.body = bytes.substr(0, size);
    bytes.remove_prefix(std::min(size, bytes.size()));
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace duramen::conformance
