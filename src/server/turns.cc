#include "server/turns.h"

namespace duramen::server {
struct Turns::State {
  State(loop::ThreadLoop& l, loop::Duration most) : loop(l), longestWait(most) {}
  loop::ThreadLoop& loop;
  const loop::Duration longestWait;
  std::deque<Work> waiting;
  loop::TimePoint last = loop.now();  // turn's time
  std::uint64_t activity = 0;         // of the loop, at the last look
  bool looked = false;                // since the last turn
};

Turns::Turns(loop::ThreadLoop& loop, loop::Duration longestWait) : state_(std::make_shared<State>(loop, longestWait)) {}

void Turns::add(Work turn) {
  state_->waiting.push_back(std::move(turn));
  if (state_->waiting.size() == 1) lookLater(state_);
}

void Turns::lookLater(const std::shared_ptr<State>& state) {
  state->loop.post([weak = std::weak_ptr{state}] {
    if (const auto alive = weak.lock()) look(alive);
  });
  state->activity = state->loop.activity();
}

// What became ready during a turn stands behind the first look, so the second one tells whether there was anything.
void Turns::look(const std::shared_ptr<State>& state) {
  const loop::TimePoint now = state->loop.now();
  const bool isQuiet = std::exchange(state->looked, true) && state->loop.activity() == state->activity;
  if (!isQuiet && now - state->last < state->longestWait) return lookLater(state);
  state->looked = false;
  state->last = now;
  Work turn = std::move(state->waiting.front());
  state->waiting.pop_front();
  if (!state->waiting.empty()) lookLater(state);
  turn();
}

}  // namespace duramen::server
