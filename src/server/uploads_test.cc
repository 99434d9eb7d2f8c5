// Files that come to a whole server over real sockets: where they lie, what bounds them, and what is left of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/testing/temporary_directory.h"
#include "duramen/html.h"
#include "duramen/server.h"
#include "server/test_peer.h"

namespace duramen {
namespace {

using server::test::Peer;
using testing::HasSubstr;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

// What the memory at `address` is mapped from; empty if it is of no file.
std::string fileAt(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    const char* const last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, begin, 16);
    std::from_chars(first.ptr + 1, last, end, 16);
    if (at >= begin && at < end) return line.substr(std::min(line.find('/'), line.size()));
  }
  return {};
}

// Memory of this process that lies in no file.
std::size_t anonymousBytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (std::size_t kibibytes = 0; word == "RssAnon:" && status >> kibibytes) return kibibytes * 1024;
  return 0;
}

// Written to files below `folder` that this process has open, and that have no name there.
std::size_t unnamedBytes(const std::string& folder) {
  std::size_t bytes = 0;
  for (const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(each.path(), gone);
    struct stat file{};
    if (!gone && target.starts_with(folder) && ::stat(each.path().c_str(), &file) == 0 && file.st_nlink == 0)
      bytes += static_cast<std::size_t>(file.st_size);
  }
  return bytes;
}

// For what comes without a word of the server's.
template <class Condition>
void await(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + server::test::patience;
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(condition());
}

// What the action that takes a file does with it, and what it has seen. Used while no upload is under way.
struct Env {
  std::string saveTo;
  bool keeps = false;
  std::vector<File> kept;
  std::size_t anonymous = 0;
  std::string liesIn;
};
using TestContext = Context<Env>;

std::string receive(TestContext& ctx, File file) {
  ctx.env.anonymous = anonymousBytes();
  ctx.env.liesIn = fileAt(file.bytes.view().data());
  if (ctx.env.keeps) ctx.env.kept.push_back(file);
  if (!ctx.env.saveTo.empty())
    if (const auto saved = file.saveTo(ctx.env.saveTo); !saved) throw ActionError(saved.error());
  return file.name + " of " + std::to_string(file.bytes.size()) + " bytes";
}
constexpr Action<"receive", receive> receiveAction;

Node homePage(TestContext&) { return html::p("home"); }
Node wholeDocument(Node page) { return html::html(html::body(std::move(page))); }
constexpr Path<"/"> rootPath;

App<TestContext> uploadApp() {
  return defineApp<TestContext>(actions(receiveAction), render(wholeDocument, route(rootPath, homePage)));
}

class Uploads : public testing::Test {
 protected:
  Uploads() {
    options.listen = "127.0.0.1:0";
    options.data = folder / "data";
    options.threads = 2;
    options.drain = std::chrono::milliseconds{500};
    options.log = [this](LogLevel, std::string_view text) {
      const std::lock_guard lock{mutex};
      logged.append(text) += '\n';
    };
  }

  void start() {
    server.emplace(uploadApp(), env, options);
    server->start();
  }
  std::string authority() const { return server->url().substr(std::string_view{"http://"}.size()); }
  std::size_t onDisk() const { return unnamedBytes(folder / "data/uploads"); }

  // As encodeReply writes the call receive(file).
  static std::string bodyOf(std::string_view content) {
    std::string body =
        "--x\r\nContent-Disposition: form-data; name=\"1\"; filename=\"a.bin\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n";
    body += content;
    return body += "\r\n--x\r\nContent-Disposition: form-data; name=\"0\"\r\n\r\n[\"$B1\"]\r\n--x--\r\n";
  }
  std::string headOf(const std::string& framing) const {
    return "POST /?__rsc&__rsc_action_id=receive HTTP/1.1\r\nHost: " + authority() + "\r\nOrigin: " + server->url() +
           "\r\nContent-Type: multipart/form-data; boundary=x\r\n" + framing + "\r\n\r\n";
  }
  std::string headOf(std::size_t bytes) const { return headOf("Content-Length: " + std::to_string(bytes)); }
  Peer::Answer upload(const std::string& body) const {
    Peer peer{authority()};
    peer.send(headOf(body.size()));
    peer.send(body);
    return peer.readAnswer();
  }

  const TemporaryDirectory folder;
  std::mutex mutex;
  std::string logged;
  Env env;
  ServerOptions options;
  std::optional<Server> server;
};

// Of no pattern, and with what a boundary begins with.
std::string someBytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t random = 1;
  for (char& each : bytes) each = static_cast<char>((random = random * 6364136223846793005U + 1) >> 56);
  return bytes.replace(size / 2, 5, "\r\n--y");
}

TEST_F(Uploads, LieOnTheDiskAndNotInMemory) {
  start();
  env.saveTo = folder / "saved";
  const std::string content = someBytes(8 * mebibyte), body = bodyOf(content);
  const std::size_t before = anonymousBytes();
  const Peer::Answer answer = upload(body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("a.bin of 8388608 bytes"));
  EXPECT_THAT(env.liesIn, testing::StartsWith(folder / "data/uploads/"));
  // For the record: a sanitizer takes memory of its own for what is mapped.
  RecordProperty("anonymousBytes", std::to_string(env.anonymous - std::min(before, env.anonymous)));
  std::ostringstream saved;
  saved << std::ifstream{folder / "saved", std::ios::binary}.rdbuf();
  EXPECT_TRUE(saved.view() == content);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "data/uploads"));
}

TEST_F(Uploads, MayComeInChunks) {
  start();
  const std::string body = bodyOf(someBytes(mebibyte));
  Peer peer{authority()};
  peer.send(headOf("Transfer-Encoding: chunked"));
  for (std::size_t at = 0; at < body.size(); at += 100'000) {
    const std::string piece = body.substr(at, 100'000);
    std::array<char, 16> size{};
    std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
    peer.send(std::string(size.data()) + "\r\n" + piece + "\r\n");
  }
  peer.send("0\r\n\r\n");
  EXPECT_THAT(peer.readAnswer().body, HasSubstr("a.bin of 1048576 bytes"));
}

TEST_F(Uploads, GiveTheirPlaceBackWhenTheyAreAnswered) {
  options.maxUploadBytes = options.maxUploadsDisk = 9 * mebibyte;
  start();
  const std::string body = bodyOf(someBytes(8 * mebibyte));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(upload(body).status, 200);
}

TEST_F(Uploads, HaveTheirPlaceWhileTheAppKeepsTheFile) {
  options.maxUploadBytes = options.maxUploadsDisk = 9 * mebibyte;
  start();
  env.keeps = true;
  const std::string content = someBytes(8 * mebibyte), body = bodyOf(content);
  EXPECT_EQ(upload(body).status, 200);
  EXPECT_EQ(upload(body).status, 503);
  ASSERT_EQ(env.kept.size(), 1U);
  EXPECT_TRUE(env.kept[0].bytes == content);
  env.kept.clear();
  EXPECT_EQ(upload(body).status, 200);
  env.kept.clear();
}

TEST_F(Uploads, OfAClientThatGoesAwayLeaveNothing) {
  options.maxUploadBytes = options.maxUploadsDisk = 9 * mebibyte;
  start();
  const std::string body = bodyOf(someBytes(8 * mebibyte));
  Peer leaving{authority()};
  leaving.send(headOf(body.size()));
  leaving.send(std::string_view{body}.substr(0, 5 * mebibyte));
  await([&] { return onDisk() >= 4 * mebibyte; });

  const Peer::Answer refusal = upload(body);
  EXPECT_EQ(refusal.status, 503);
  EXPECT_THAT(refusal.head, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refusal.body, HasSubstr("9437184 bytes of disk"));

  leaving.reset();
  await([&] { return onDisk() == 0; });
  EXPECT_EQ(upload(body).status, 200);
}

TEST_F(Uploads, AreRefusedBeforeTheyAreSentIfTheyAreTooLong) {
  options.maxUploadBytes = mebibyte;
  start();
  Peer refused{authority()};
  refused.send(headOf("Expect: 100-continue\r\nContent-Length: 1048577"));
  const Peer::Answer answer = refused.readAnswer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "the request's body is too long: at most 1 MiB\n");
  Peer asked{authority()};
  asked.send(headOf("Expect: 100-continue\r\nContent-Length: 1048576"));
  EXPECT_EQ(asked.readAnswer().status, 100);
}

TEST_F(Uploads, AreTheOnlyBodiesThatMayBeLong) {
  options.maxBodyBytes = 1000;
  start();
  Peer peer{authority()};
  peer.send("POST /?__rsc&__rsc_action_id=receive HTTP/1.1\r\nHost: " + authority() +
            "\r\nContent-Type: text/plain\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(peer.readAnswer().status, 413);
  EXPECT_EQ(upload(bodyOf(std::string(1001, 'a'))).status, 200);
}

TEST_F(Uploads, AreAnswered507IfTheDiskDoesNotTakeThem) {
  start();
  std::filesystem::remove(folder / "data/uploads");
  const Peer::Answer answer = upload(bodyOf(someBytes(mebibyte)));
  EXPECT_EQ(answer.status, 507);
  EXPECT_THAT(answer.head, HasSubstr("507 Insufficient Storage"));
  EXPECT_EQ(answer.body, "the disk of this server did not take the upload\n");
  EXPECT_EQ(upload(bodyOf("short")).status, 200);
  EXPECT_EQ(env.liesIn, "");
  const std::lock_guard lock{mutex};
  EXPECT_THAT(logged, HasSubstr("an upload cannot be kept in " + (folder / "data/uploads") + ": No such file"));
}

TEST_F(Uploads, MayHaveNoLessTogetherThanOneHas) {
  options.maxUploadsDisk = options.maxUploadBytes - 1;
  EXPECT_THROW(start(), std::runtime_error);
  options.maxUploadsDisk = options.maxUploadBytes;
  options.maxBodiesMemory = options.maxBodyBytes - 1;
  EXPECT_THROW(start(), std::runtime_error);
}

}  // namespace
}  // namespace duramen
