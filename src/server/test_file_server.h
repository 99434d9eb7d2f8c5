#pragma once
// For tests of files: a server that answers by one function, and a folder that goes with the test.

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/testing/temporary_directory.h"
#include "server/responses.h"
#include "server/test_peer.h"

namespace duramen::server::test {

class TemporaryFolder : public TemporaryDirectory {
 public:
  void write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream{path() / name, std::ios::binary} << bytes;
  }
};

// What `files` gives nothing for is answered 200 "another".
class FileServer {
 public:
  using Files = std::function<std::optional<Response>(const Request&, const Log&)>;
  explicit FileServer(Files files)
      : log_([this](LogLevel, std::string_view text) {
          const std::lock_guard lock{logMutex_};
          logged_ += std::string(text) + '\n';
        }),
        handler_(std::move(files), log_) {
    transport_.accept(listener_);
    loop_.start();
  }
  ~FileServer() {
    loop_.stop();
    loop_.join();
  }

  const std::string& address() const { return listener_.address(); }
  std::string logged() {
    const std::lock_guard lock{logMutex_};
    return logged_;
  }
  Peer::Answer ask(const std::string& path, const std::string& headers = "", const std::string& method = "GET") const {
    Peer peer{address()};
    peer.send(method + ' ' + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
    return peer.readAnswer(method == "HEAD");
  }

 private:
  class FileHandler final : public Handler {
   public:
    FileHandler(Files files, const Log& log) : files_(std::move(files)), log_(log) {}
    void request(Request request, Answer answer) override {
      auto file = files_(request, log_);
      answer(file ? std::move(*file) : plainText(200, "another"));
    }
    void upgrade(SocketId, Request, Decision decide) override { decide(std::unexpected(plainText(404, "none"))); }
    void opened(SocketId) override {}
    void piece(SocketId, std::span<const std::byte>, bool) override {}
    void closed(SocketId) override {}

   private:
    Files files_;
    const Log& log_;
  };

  std::mutex logMutex_;
  std::string logged_;
  Log log_;
  loop::ThreadLoop loop_{log_};
  FileHandler handler_;
  Listener listener_ = Listener::open("127.0.0.1:0").value();
  Transport transport_{loop_, handler_, {}, log_};
};

// The value of a header in an answer's head; empty if there is none.
inline std::string headerIn(const Peer::Answer& answer, const std::string& name) {
  const std::string mark = "\r\n" + name + ": ";
  const std::size_t at = answer.head.find(mark);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + mark.size();
  return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
}

}  // namespace duramen::server::test
