#include "server/turns.h"

#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <string>

namespace duramen::server {
namespace {

struct TurnsTest : testing::Test {
  // Runs on the loop until `ended` is counted down.
  void run(std::function<void()> work) {
    loop.start();
    loop.post(std::move(work));
    ended.wait();
    loop.stop();
    loop.join();
  }
  // Work that posts more of itself, as an action does on its way to a page.
  void chain(int steps) {
    said += '.';
    if (steps > 1) loop.post([this, steps] { chain(steps - 1); });
  }

  loop::ThreadLoop loop;
  Turns turns{loop, std::chrono::hours{1}};
  std::string said;
  std::latch ended{1};
};

TEST_F(TurnsTest, AreGivenOneAtATimeWhenTheLoopHasNothingElseToDo) {
  run([this] {
    turns.add([this] {
      said += 'a';
      chain(10);
    });
    turns.add([this] { said += 'b'; });
    turns.add([this] {
      said += 'c';
      ended.count_down();
    });
  });
  EXPECT_EQ(said, "a..........bc");
}

TEST_F(TurnsTest, AreGivenToABusyLoopAllTheSame) {
  turns = Turns{loop, loop::Duration{0}};
  run([this] {
    chain(1'000'000);
    turns.add([this] { said += 'a'; });
    turns.add([this] { ended.count_down(); });
  });
  EXPECT_LT(said.find('a'), 100U);
}

TEST_F(TurnsTest, GoWithTheirOwner) {
  run([this] {
    turns.add([this] { said += 'a'; });
    turns = Turns{loop};
    turns.add([this] { ended.count_down(); });
  });
  EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace duramen::server
