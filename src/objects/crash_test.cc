// kill -9 while many save: what was acknowledged is there, and no set is torn.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/testing/temporary_directory.h"
#include "objects/object_id.h"
#include "objects/sqlite_store.h"

namespace duramen::objects {
namespace {

// A writer at work, and its acknowledgements.
class Writer {
 public:
  Writer(const std::filesystem::path& directory, int loops, std::int64_t first) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = DURAMEN_CRASH_WRITER, where = directory.string(), threads = std::to_string(loops),
                number = std::to_string(first);
    const std::array<char*, 5> arguments{program.data(), where.data(), threads.data(), number.data(), nullptr};
    const int error = ::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    lines_ = ::fdopen(ends[0], "r");
    if (error != 0) throw std::runtime_error("the writer cannot be started");
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    kill();
    ::fclose(lines_);
  }

  // False when the writer has ended.
  bool next(int& object, long long& number) {
    if (!ended_) ended_ = std::fscanf(lines_, "%d %lld\n", &object, &number) != 2;
    return !ended_;
  }
  void kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
  FILE* lines_ = nullptr;
  bool ended_ = false;
};

// The numbers that an object holds.
std::map<std::string, std::int64_t> numbersOf(Store& store, int object) {
  std::map<std::string, std::int64_t> numbers;
  const auto loaded = store.load(idFromName(namespaceKey("pairs"), std::to_string(object)));
  if (!loaded) throw std::runtime_error(loaded.error().what);
  for (const auto& [key, value] : loaded->entries)
    if (key != "padding") numbers[key] = std::stoll(value->substr(1));
  return numbers;
}

// DURAMEN_KILL_ROUNDS=200 takes a few minutes.
int rounds() {
  const char* const asked = std::getenv("DURAMEN_KILL_ROUNDS");
  return asked ? std::atoi(asked) : 20;
}

// Some rounds are long enough for a checkpoint.
int linesOf(int round) { return round % 20 == 19 ? 6'000 : 40 + 97 * (round % 7) + 13 * (round % 11); }

TEST(KillingAServer, LosesNothingThatWasAcknowledgedAndTearsNoSet) {
  const TemporaryDirectory directory;
  std::map<int, long long> acknowledged;
  for (int round = 0; round < rounds(); ++round) {
    {
      Writer writer{directory.path(), 1 + round % 3, 1 + 1'000'000 * round};
      int object = 0;
      long long number = 0;
      for (int lines = 0; lines < linesOf(round); ++lines) {
        ASSERT_TRUE(writer.next(object, number)) << "the writer ended by itself";
        acknowledged[object] = number;
      }
      writer.kill();
      while (writer.next(object, number)) acknowledged[object] = number;
    }
    auto store = SqliteStore::open(directory.path());
    ASSERT_TRUE(store) << store.error();
    for (const auto& [each, number] : acknowledged) {
      const auto numbers = numbersOf(**store, each);
      ASSERT_EQ(numbers.size(), 2U);
      EXPECT_GE(numbers.at("left"), number) << "object " << each;
      EXPECT_EQ(numbers.at("left"), numbers.at("right")) << "object " << each;
    }
  }
  EXPECT_EQ(acknowledged.size(), 20U);
}

}  // namespace
}  // namespace duramen::objects
