#include "server/static_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "server/response_head.h"
#include "server/static_answer.h"
#include "server/test_file_server.h"

namespace duramen::server {
namespace {

using test::FileServer;
using test::headerIn;
using test::Peer;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

// "outside" is what must never be sent.
class Directory : public testing::Test {
 protected:
  Directory() {
    folder.write("root/a.txt", "0123456789");
    folder.write("root/sub/b.css", "b");
    folder.write("root/site/index.html", "the index");
    folder.write("secret.txt", "outside");
  }
  test::FileServer& server() {
    if (!server_) {
      files = StaticFiles::open(std::vector<StaticDirectory>{{"/files", folder / "root"}}).value();
      server_.emplace([this](const Request& request, const Log& log) { return files.answer(request, log); });
    }
    return *server_;
  }
  // As if written at this second.
  void setTime(const std::string& name, std::time_t second) const {
    const timespec times[] = {{.tv_sec = second, .tv_nsec = 0}, {.tv_sec = second, .tv_nsec = 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder / name).c_str(), times, 0), 0);
  }

  const TemporaryFolder folder;
  StaticFiles files;

 private:
  std::optional<FileServer> server_;
};

TEST_F(Directory, ServesItsFiles) {
  setTime("root/a.txt", 784111777);
  const auto answer = server().ask("/files/a.txt?v=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(headerIn(answer, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(headerIn(answer, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(headerIn(answer, "Cache-Control"), "no-cache");
  EXPECT_EQ(headerIn(answer, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(headerIn(answer, "Accept-Ranges"), "bytes");
  EXPECT_THAT(answer.head, Not(HasSubstr("chunked")));
  EXPECT_EQ(server().ask("/files/sub/b.css").body, "b");
  EXPECT_EQ(server().ask("/files/%61.txt").body, "0123456789");
  const auto head = server().ask("/files/a.txt", "", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(headerIn(head, "Content-Length"), "10");
  EXPECT_EQ(server().logged(), "");
}

TEST_F(Directory, LeavesOtherPathsToTheApp) {
  for (const char* const path : {"/", "/filesystem", "/file", "/other/files/a.txt"})
    EXPECT_EQ(server().ask(path).body, "another\n") << path;
  EXPECT_EQ(server().ask("/files/missing").status, 404);
}

TEST_F(Directory, ServesEmptyFilesAndNamesBeyondAscii) {
  folder.write("root/empty", "");
  folder.write("root/\xC3\xA9 t\xC3\xA9", "summer");
  const auto empty = server().ask("/files/empty");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(headerIn(empty, "Content-Length"), "0");
  EXPECT_EQ(headerIn(empty, "Content-Type"), "application/octet-stream");
  EXPECT_EQ(server().ask("/files/empty", "Range: bytes=0-\r\n").status, 416);
  EXPECT_EQ(server().ask("/files/%C3%A9%20t%C3%A9").body, "summer");
}

TEST_F(Directory, IsCachedForAYearOnlyIfItIsSaidToBeImmutable) {
  for (const auto* const name : {"app-2SEQNZ7L.js", "invoice-INV00042.pdf"})
    folder.write(std::string("root/") + name, "x");
  EXPECT_EQ(headerIn(server().ask("/files/app-2SEQNZ7L.js"), "Cache-Control"), "no-cache");
  EXPECT_EQ(headerIn(server().ask("/files/invoice-INV00042.pdf"), "Cache-Control"), "no-cache");
  const std::vector<StaticDirectory> bundles{{.path = "/assets", .directory = folder / "root", .immutable = true}};
  const auto files = StaticFiles::open(bundles);
  ASSERT_TRUE(files);
  const auto answer = files->answer({.method = "GET", .path = "/assets/app-2SEQNZ7L.js"}, {});
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->headers,
              testing::Contains(testing::Pair("Cache-Control", "public, max-age=31536000, immutable")));
}

TEST_F(Directory, ShowsTheIndexOfAFolderAndListsNone) {
  EXPECT_EQ(server().ask("/files/site/").body, "the index");
  const auto moved = server().ask("/files/site?a=b");
  EXPECT_EQ(moved.status, 308);
  EXPECT_EQ(headerIn(moved, "Location"), "/files/site/?a=b");
  for (const char* const path : {"/files", "/files/", "/files/sub", "/files/sub/", "/files/a.txt/", "/files/site/x/"})
    EXPECT_EQ(server().ask(path).status, 404) << path;
  folder.write("root/index.html", "of all");
  EXPECT_EQ(headerIn(server().ask("/files"), "Location"), "/files/");
  EXPECT_EQ(server().ask("/files/").body, "of all");
}

TEST_F(Directory, SendsNothingFromOutside) {
  folder.write("root/.env", "outside");
  folder.write("root/.git/config", "outside");
  folder.write("root/sub/.hidden", "outside");
  for (const char* const path : {"/files/../secret.txt",
                                 "/files/sub/../../secret.txt",
                                 "/files/%2e%2e/secret.txt",
                                 "/files/..%2fsecret.txt",
                                 "/files/%252e%252e/secret.txt",
                                 "/files/%252e%252e%252fsecret.txt",
                                 "/files/..%5csecret.txt",
                                 "/files/..\\secret.txt",
                                 "/files/%c0%ae%c0%ae/secret.txt",
                                 "/files/%c0%ae%c0%ae%c0%afsecret.txt",
                                 "/files/%e0%80%ae%e0%80%ae/secret.txt",
                                 "/files//../secret.txt",
                                 "/files/./../secret.txt",
                                 "/files/.env",
                                 "/files/%2eenv",
                                 "/files/.git/config",
                                 "/files/sub/.hidden",
                                 "/files//a.txt",
                                 "/files/sub//b.css",
                                 "/files/./a.txt",
                                 "/files/a.txt%00",
                                 "/files/a.txt%00.css",
                                 "/files/sub%2fb.css",
                                 "/files/a.txt%",
                                 "/files/%zz",
                                 "/files/\xff",
                                 "/files//etc/passwd",
                                 "/files/%2fetc/passwd"}) {
    const auto answer = server().ask(path);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << path << ": " << answer.status;
    EXPECT_THAT(answer.body, Not(HasSubstr("outside"))) << path;
  }
  EXPECT_EQ(server().ask("/files/" + std::string(300, 'x')).status, 404);
}

TEST_F(Directory, FollowsNoLink) {
  fs::create_symlink("../secret.txt", folder / "root/out.txt");
  fs::create_symlink(folder / "secret.txt", folder / "root/absolute.txt");
  fs::create_symlink("a.txt", folder / "root/in.txt");
  fs::create_directory_symlink("..", folder / "root/up");
  fs::create_directory_symlink("sub", folder / "root/sideways");
  fs::create_symlink("loop", folder / "root/loop");
  fs::create_directory(folder / "root/linked");
  fs::create_symlink("../a.txt", folder / "root/linked/index.html");
  fs::create_symlink("../../secret.txt", folder / "root/sub/b.css.gz");
  for (const char* const path : {"/files/out.txt", "/files/absolute.txt", "/files/in.txt", "/files/up/secret.txt",
                                 "/files/sideways/b.css", "/files/loop", "/files/linked", "/files/linked/"})
    EXPECT_EQ(server().ask(path).status, 404) << path;
  const auto original = server().ask("/files/sub/b.css", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(original.body, "b");
  EXPECT_EQ(server().logged(), "");
}

TEST_F(Directory, MayBeALinkItself) {
  fs::create_directory_symlink("root", folder / "current");
  const auto linked = StaticFiles::open(std::vector<StaticDirectory>{{"/x", folder / "current"}});
  EXPECT_EQ(linked->answer({.method = "GET", .path = "/x/a.txt"}, {})->status, 200);
}

TEST_F(Directory, SendsOnlyRegularFiles) {
  ASSERT_EQ(::mkfifo((folder / "root/pipe").c_str(), 0666), 0);
  const int unixSocket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder / "root/socket";
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(::bind(unixSocket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(server().ask("/files/pipe").status, 404);
  EXPECT_EQ(server().ask("/files/socket").status, 404);
  ::close(unixSocket);
  const auto devices = StaticFiles::open(std::vector<StaticDirectory>{{"/dev", "/dev"}});
  EXPECT_EQ(devices->answer({.method = "GET", .path = "/dev/zero"}, {})->status, 404);
}

TEST_F(Directory, AnswersConditionsByTagAndDate) {
  setTime("root/a.txt", 784111777);
  const std::string tag = headerIn(server().ask("/files/a.txt"), "ETag");
  const auto status = [&](const std::string& header) { return server().ask("/files/a.txt", header + "\r\n").status; };
  EXPECT_EQ(status("If-None-Match: " + tag), 304);
  EXPECT_EQ(status("If-None-Match: \"x\""), 200);
  EXPECT_EQ(status("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"), 304);
  EXPECT_EQ(status("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"), 200);
  EXPECT_EQ(status("If-Match: \"x\""), 412);
  EXPECT_EQ(status("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT"), 412);
  const auto part = server().ask("/files/a.txt", "Range: bytes=3-5\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "345");
  EXPECT_EQ(headerIn(part, "Content-Range"), "bytes 3-5/10");
  EXPECT_EQ(status("Range: bytes=3-5\r\nIf-Range: Sun, 06 Nov 1994 08:49:36 GMT"), 200);
  EXPECT_EQ(status("Range: bytes=10-"), 416);
  // In the same second and of the same size, but another.
  folder.write("root/new", "abcdefghij");
  setTime("root/new", 784111777);
  fs::rename(folder / "root/new", folder / "root/a.txt");
  EXPECT_EQ(status("If-None-Match: " + tag), 200);
}

TEST_F(Directory, SendsTheCompressedFileBesideOne) {
  folder.write("root/a.txt.br", "BR");
  folder.write("root/a.txt.gz", "GZ");
  for (const char* const name : {"root/a.txt", "root/a.txt.br", "root/a.txt.gz"}) setTime(name, 1000);
  const auto brotli = server().ask("/files/a.txt", "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(brotli.body, "BR");
  EXPECT_EQ(headerIn(brotli, "Content-Encoding"), "br");
  EXPECT_EQ(headerIn(brotli, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(headerIn(brotli, "Vary"), "Accept-Encoding");
  const auto plain = server().ask("/files/a.txt");
  EXPECT_EQ(plain.body, "0123456789");
  EXPECT_EQ(headerIn(plain, "Vary"), "Accept-Encoding");
  EXPECT_NE(headerIn(plain, "ETag"), headerIn(brotli, "ETag"));
  EXPECT_EQ(server().ask("/files/a.txt", "Accept-Encoding: identity;q=0\r\n").status, 406);
  // An older one is of another content.
  setTime("root/a.txt.br", 999);
  EXPECT_EQ(server().ask("/files/a.txt", "Accept-Encoding: gzip, br\r\n").body, "GZ");
  setTime("root/a.txt.gz", 999);
  EXPECT_EQ(server().ask("/files/a.txt", "Accept-Encoding: gzip, br\r\n").body, "0123456789");
  const auto itself = server().ask("/files/a.txt.gz", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(itself.body, "GZ");
  EXPECT_EQ(headerIn(itself, "Content-Type"), "application/gzip");
  EXPECT_EQ(headerIn(itself, "Content-Encoding"), "");
}

TEST_F(Directory, AnswersOnlyGetAndHead) {
  const auto answer = server().ask("/files/a.txt", "Content-Length: 0\r\n", "POST");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(headerIn(answer, "Allow"), "GET, HEAD");
}

// Large files.

constexpr std::uint64_t mib = std::uint64_t{1024} * 1024;

TEST_F(Directory, SendsALargeFileToAReaderThatTakesItsTime) {
  std::string large;
  for (int i = 0; large.size() < 8 * mib; ++i) large += std::to_string(i) + ' ';
  folder.write("root/large", large);
  Peer peer{server().address(), 4096};
  peer.send("GET /files/large HTTP/1.1\r\nHost: h\r\n\r\nGET /files/a.txt HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string head = peer.readUntil("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(large.size()) + "\r\n"));
  EXPECT_EQ(peer.read(large.size()), large);
  EXPECT_EQ(peer.readAnswer().body, "0123456789");
}

// Holes cost no disk, and would cost memory if they were read ahead.
TEST_F(Directory, ReadsNoMoreOfAHugeFileThanIsTaken) {
  folder.write("root/huge", "");
  constexpr std::uint64_t size = 64 * 1024 * mib;
  if (::truncate((folder / "root/huge").c_str(), static_cast<off_t>(size)) != 0) GTEST_SKIP() << "no files of 64 GiB";
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) {
    peers.emplace_back(server().address(), 4096);
    peers.back().send("GET /files/huge HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(peers.back().readUntil("\r\n\r\n"), HasSubstr("Content-Length: " + std::to_string(size)));
  }
  // The loop still answers others.
  EXPECT_EQ(server().ask("/files/a.txt").body, "0123456789");
  const auto end = server().ask("/files/huge", "Range: bytes=-4\r\n");
  EXPECT_EQ(end.body, std::string(4, '\0'));
  EXPECT_EQ(headerIn(end, "Content-Range"),
            "bytes " + std::to_string(size - 4) + '-' + std::to_string(size - 1) + '/' + std::to_string(size));
}

TEST_F(Directory, ABodyReadsAtMostOneBufferAtATime) {
  folder.write("root/large", std::string(200'000, 'x'));
  server();
  const auto response = files.answer({.method = "GET", .path = "/files/large"}, {});
  EXPECT_EQ(response->streamBytes, 200'000U);
  std::string all;
  BodySource::State state{};
  do {
    std::string piece;
    state = response->stream->read(piece);
    EXPECT_LE(piece.size(), 64U * 1024);
    all += piece;
  } while (state == BodySource::State::more);
  EXPECT_EQ(state, BodySource::State::ended);
  EXPECT_EQ(all, std::string(200'000, 'x'));
}

TEST_F(Directory, BreaksOffAFileThatBecomesShorterWhileItIsSent) {
  folder.write("root/large", std::string(16 * mib, 'x'));
  Peer peer{server().address(), 4096};
  peer.send("GET /files/large HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  peer.read(1);
  ASSERT_EQ(::truncate((folder / "root/large").c_str(), 1), 0);
  EXPECT_LT(peer.readAll().size(), 16 * mib - 1);
  EXPECT_THAT(server().logged(), HasSubstr("a file became shorter while it was sent"));
}

TEST_F(Directory, SendsTheFileThatItHasBegunIfAnotherTakesItsPlace) {
  folder.write("root/large", std::string(16 * mib, 'x'));
  Peer peer{server().address(), 4096};
  peer.send("GET /files/large HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.readUntil("\r\n\r\n");
  folder.write("root/new", std::string(16 * mib, 'y'));
  fs::rename(folder / "root/new", folder / "root/large");
  EXPECT_EQ(peer.read(16 * mib), std::string(16 * mib, 'x'));
}

// What the system refuses.

// Of this thread only. Root, too, is refused as another user.
class AsAnotherUser {
 public:
  AsAnotherUser() : before_(static_cast<uid_t>(::setfsuid(nobody))) {}
  AsAnotherUser(const AsAnotherUser&) = delete;
  AsAnotherUser& operator=(const AsAnotherUser&) = delete;
  ~AsAnotherUser() { ::setfsuid(before_); }

 private:
  static constexpr uid_t nobody = 65534;
  uid_t before_;
};

TEST_F(Directory, TellsTheLogOfWhatMayNotBeRead) {
  fs::permissions(folder / "", fs::perms::others_exec, fs::perm_options::add);
  fs::create_directory(folder / "root/closed");
  fs::permissions(folder / "root/closed", fs::perms::owner_all);
  fs::permissions(folder / "root/a.txt", fs::perms::none);
  server();
  std::string logged;
  const Log log{[&](LogLevel level, std::string_view text) {
    EXPECT_EQ(level, LogLevel::warning);
    (logged += text) += '\n';
  }};
  const std::optional<AsAnotherUser> other = ::geteuid() == 0 ? std::make_optional<AsAnotherUser>() : std::nullopt;
  EXPECT_EQ(files.answer({.method = "GET", .path = "/files/a.txt"}, log)->status, 404);
  EXPECT_EQ(files.answer({.method = "GET", .path = "/files/sub/b.css"}, log)->status, 200);
  EXPECT_EQ(logged, "/files/a.txt: the file cannot be read: Permission denied\n");
}

TEST_F(Directory, SaysThatTooManyFilesAreOpen) {
  server();
  std::string logged;
  const Log log{[&](LogLevel, std::string_view text) { logged += text; }};
  // UBSan takes a descriptor of its own when it sees a type for the first time: it sees all of them here.
  EXPECT_EQ(files.answer({.method = "GET", .path = "/files/a.txt"}, log)->status, 200);
  EXPECT_FALSE(std::generic_category().message(EMFILE).empty());
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto answer = files.answer({.method = "GET", .path = "/files/a.txt"}, log);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(logged, "/files/a.txt: the file cannot be read: Too many open files");
}

// At the start.

TEST_F(Directory, OpensSeveralOfWhichTheLongestPrefixCounts) {
  const auto several = StaticFiles::open(std::vector<StaticDirectory>{
      {"/files", folder / "root"}, {"/files/site", folder / "root/sub"}, {"/b/", folder / "root"}});
  const auto status = [&](const char* path) { return several->answer({.method = "GET", .path = path}, {})->status; };
  EXPECT_EQ(status("/files/a.txt"), 200);
  EXPECT_EQ(status("/files/site/b.css"), 200);
  EXPECT_EQ(status("/files/site/index.html"), 404);
  EXPECT_EQ(status("/b/a.txt"), 200);
}

TEST_F(Directory, SaysWhichCannotBeServed) {
  const auto error = [](std::vector<StaticDirectory> directories) { return StaticFiles::open(directories).error(); };
  EXPECT_EQ(error({{"/x", folder / "none"}}),
            "static files at /x: " + (folder / "none") + " cannot be opened as a directory: No such file or directory");
  EXPECT_EQ(error({{"/x", folder / "secret.txt"}}),
            "static files at /x: " + (folder / "secret.txt") + " cannot be opened as a directory: Not a directory");
  EXPECT_THAT(error({{"/x", ""}}), HasSubstr("an empty name cannot be opened"));
  EXPECT_EQ(error({{"/x", folder / "root"}, {"/x/", folder / "root/sub"}}),
            "static files at /x: two directories are given for it");
  EXPECT_THAT(error({{"x", folder / "root"}}), HasSubstr("begin with '/'"));
  EXPECT_THAT(error({{"/healthz", folder / "root"}}), HasSubstr("server's own"));
}

TEST_F(Directory, MayNotHoldWhatIsTheServersOwn) {
  const auto error = [&](const std::string& directory, const std::string& own) {
    const auto kept = keepsPrivate(std::vector<StaticDirectory>{{"/x", directory}}, own);
    return kept ? "" : kept.error();
  };
  fs::create_directory_symlink("root", folder / "link");
  const std::string root = folder / "root";
  EXPECT_EQ(error(root, root + "/data"), "static files at /x: " + root + " holds " + root +
                                             "/data, which is the server's own and not for everybody");
  EXPECT_NE(error(root, root), "");
  EXPECT_NE(error(root + "/", root + "/sub/../data"), "");
  EXPECT_NE(error(folder / "link", root + "/data"), "");
  EXPECT_NE(error(root, folder / "link/data"), "");
  EXPECT_EQ(error(root, folder / "rooted/data"), "");
  EXPECT_EQ(error(root, folder / "secret.txt"), "");
  EXPECT_EQ(error(root + "/sub", root), "static files at /x: " + root + "/sub lies in " + root +
                                            ", which is the server's own and not for everybody");
  EXPECT_NE(error(folder / "link/sub", root), "");
  fs::create_directory_symlink("root/sub", folder / "below");
  EXPECT_NE(error(folder / "below", folder / "link"), "");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_NE(error("root/sub/../sub", "./link"), "");
  fs::current_path(before);
}

}  // namespace
}  // namespace duramen::server
