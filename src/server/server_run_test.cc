// Server::run(), and what a command line asks for in place of serving.

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <sstream>
#include <thread>

#include "base/testing/temporary_directory.h"
#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/server.h"

namespace duramen {
namespace {

using testing::HasSubstr, testing::ThrowsMessage;

struct Env {};
using TestContext = Context<Env>;

struct Panel {
  static constexpr ClientModule module{"/client/Panel.tsx", "Panel"};
  std::string title;
};
constexpr ClientBundle bundle{};

Node homePage(TestContext&) { return html::main("home"); }
constexpr Path<"/"> homePath;

App<TestContext> panelApp() {
  return defineApp<TestContext>(client<Panel>(bundle), render(nullptr, route(homePath, homePage)));
}

class ServerRun : public testing::Test {
 protected:
  ServerRun() {
    options.listen = "127.0.0.1:0";
    options.data = folder / "data";
    options.threads = 1;
    options.log = [this](LogLevel, std::string_view line) {
      said += std::string(line) + "\n";
      if (line.starts_with("data in ")) serving.count_down();
    };
  }
  std::string types() const {
    std::ostringstream text;
    text << std::ifstream{folder / "types/app.d.ts"}.rdbuf();
    return text.str();
  }
  bool opened() const { return std::filesystem::exists(folder / "data"); }

  const TemporaryDirectory folder;
  Env env;
  ServerOptions options;
  std::string said;
  std::latch serving{1};  // released when the server has started
};

TEST_F(ServerRun, ServesUntilASignalWhicheverThreadThatComesTo) {
  for (const int signal : {SIGTERM, SIGINT}) {
    std::latch started{1};
    options.log = [&](LogLevel, std::string_view line) {
      said += std::string(line) + "\n";
      if (line.starts_with("data in ")) started.count_down();
    };
    Server server{panelApp(), env, options};
    // A thread of the program's own, which has blocked nothing.
    std::thread own{[&] {
      started.wait();
      ::raise(signal);
    }};
    EXPECT_EQ(server.run(), 0);
    own.join();
    EXPECT_THAT(said, HasSubstr(signal == SIGINT ? "interrupted: stopping" : "asked to end: stopping"));
    EXPECT_THAT(said, HasSubstr("stopped\n"));
  }
}

TEST_F(ServerRun, EndsWhenAnotherThreadStopsTheServer) {
  Server server{panelApp(), env, options};
  std::thread own{[&] {
    serving.wait();
    server.stop();
  }};
  EXPECT_EQ(server.run(), 0);
  own.join();
  EXPECT_THAT(said, HasSubstr("stopped\n"));
}

TEST_F(ServerRun, LeavesTheProgramsSignalsAsTheyWere) {
  struct sigaction before{};
  sigset_t maskBefore;
  ::sigaction(SIGTERM, nullptr, &before);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &maskBefore);
  Server server{panelApp(), env, options};
  std::thread own{[&] {
    serving.wait();
    server.stop();
  }};
  server.run();
  own.join();
  struct sigaction after{};
  sigset_t maskAfter;
  ::sigaction(SIGTERM, nullptr, &after);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &maskAfter);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  for (const int signal : {SIGTERM, SIGUSR1})
    EXPECT_EQ(sigismember(&maskAfter, signal), sigismember(&maskBefore, signal));
}

TEST_F(ServerRun, IsForOneServerOfAProcessAtATime) {
  Server server{panelApp(), env, options};
  ServerOptions others = options;
  others.data = folder / "other";
  std::string refusal;
  std::thread own{[&] {
    serving.wait();
    Env otherEnv;
    Server other{panelApp(), otherEnv, others};
    try {
      other.run();
    } catch (const std::logic_error& error) {
      refusal = error.what();
    }
    server.stop();
  }};
  EXPECT_EQ(server.run(), 0);
  own.join();
  EXPECT_EQ(refusal, "one server of a process waits for signals at a time: start() and stop() the others");
}

TEST_F(ServerRun, SaysWhyItCannotStart) {
  options.listen = "127.0.0.1:nowhere";
  Server server{panelApp(), env, options};
  EXPECT_EQ(server.run(), 1);
  EXPECT_THAT(said, HasSubstr("nowhere"));
}

TEST_F(ServerRun, WritesTheTypesInPlaceOfServing) {
  options.writeTypes = folder / "types";
  Server server{panelApp(), env, options};
  EXPECT_EQ(server.run(), 0);
  EXPECT_THAT(types(), HasSubstr("interface PanelProps"));
  EXPECT_FALSE(opened());
}

TEST_F(ServerRun, ReturnsTheStatusOfACommandLine) {
  for (const int status : {0, 2}) {
    options.exitStatus = status;
    options.writeTypes = folder / "types";
    Server server{panelApp(), env, options};
    EXPECT_EQ(server.run(), status);
    EXPECT_EQ(types(), "");
    EXPECT_FALSE(opened());
  }
}

TEST_F(ServerRun, AProgramThatStartsItselfIsToldToEnd) {
  EXPECT_EQ((Server{panelApp(), env, options}.insteadOfServing()), std::nullopt);
  options.writeTypes = folder / "types";
  Server server{panelApp(), env, options};
  EXPECT_EQ(server.insteadOfServing(), 0);
  EXPECT_THAT(types(), HasSubstr("interface PanelProps"));
  std::filesystem::remove_all(folder / "types");
  EXPECT_EQ(server.insteadOfServing(), 0);
  EXPECT_EQ(types(), "") << "written once";
  EXPECT_FALSE(opened());
}

// Otherwise a build would wait for a program that serves.
TEST_F(ServerRun, AProgramThatDoesNotAskIsNotStarted) {
  const auto refuses = ThrowsMessage<std::logic_error>(
      "the command line asks for something else than serving: main returns the status of Server::insteadOfServing() "
      "before it calls start(), or calls run()");
  options.exitStatus = 0;
  Server helping{panelApp(), env, options};
  EXPECT_THAT([&] { helping.start(); }, refuses);
  options.exitStatus.reset();
  options.writeTypes = folder / "types";
  Server writing{panelApp(), env, options};
  EXPECT_THAT([&] { writing.start(); }, refuses);
  EXPECT_FALSE(opened());
}

}  // namespace
}  // namespace duramen
