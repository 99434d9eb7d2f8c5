#pragma once
// Sockets that have used much of their loop's time wait here for their next turn. A loop gives one at a time, and only
// when it has nothing else to do, but one each millisecond however busy it is. So what a socket asks for costs others
// the wait for one turn, however many such sockets there are.

#include <deque>
#include <memory>

#include "loop/thread_loop.h"

namespace duramen::server {

class Turns {
 public:
  // A busy loop gives one turn each `longestWait`. REQUIRES: `loop` outlives it.
  explicit Turns(loop::ThreadLoop& loop, loop::Duration longestWait = std::chrono::milliseconds{1});

  // `turn` is called once, unless this goes first. On the loop.
  void add(Work turn);

 private:
  struct State;
  static void lookLater(const std::shared_ptr<State>& state);
  static void look(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace duramen::server
