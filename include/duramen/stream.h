#pragma once
// A prop whose values come one after another: the browser's component gets an async iterable of them. The page does not
// wait for it.
//
//   duramen::Stream<std::string> linesOf(Context& ctx, JobKey key) {
//     for (int number = 0;; ++number) {
//       const std::optional<std::string> line = co_await ctx.env.jobs.at(key).call<&Job::line>(number);
//       if (!line) co_return;
//       co_yield *line;
//     }
//   }
//   Log{.lines = linesOf(ctx, key)}     // Log.tsx: for await (const line of lines)
//
// It runs when the page itself has been built, and goes on when the browser has taken what it gave before. A value may
// be a Node, with parts of its own. If it throws, so does the browser's loop, and the fault is logged. It has to end: a
// page that is pushed has all of it, within the deadline of a pass. What goes on for ever is state, and pushed.

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "duramen/suspense.h"
#include "duramen/value.h"

namespace duramen {

// REQUIRES of the coroutine: what it borrows, such as the Context, lives as long as the page's; its other parameters
// are values.
template <class T>
class Stream {
 public:
  static constexpr bool onlyGoesOut = true;
  using ValueType = T;

  struct State : detail::PromiseBase {
    std::optional<T> value;
    Stream get_return_object() { return Stream{std::coroutine_handle<State>::from_promise(*this)}; }
    detail::ResumeContinuation yield_value(T next) {
      value.emplace(std::move(next));
      return {};
    }
    void return_void() noexcept {}
  };
  using promise_type = State;

  void appendValueTo(detail::Tape& tape) const { tape.putPending(part_); }

 private:
  using Frame = std::coroutine_handle<State>;

  // Runs the coroutine up to its next value.
  struct Advance {
    Frame frame;
    bool await_ready() const noexcept { return false; }
    template <class Waiter>
    Frame await_suspend(std::coroutine_handle<Waiter> waiter) noexcept {
      frame.promise().continuation = waiter;
      frame.promise().scope = waiter.promise().scope;
      return frame;
    }
    void await_resume() const {
      if (frame.promise().error) std::rethrow_exception(frame.promise().error);
    }
  };

  class Values final : public detail::Chunks {
   public:
    explicit Values(Frame frame) : frame_(frame) {}
    Values(const Values&) = delete;
    Values& operator=(const Values&) = delete;
    ~Values() override { frame_.destroy(); }
    Task<std::optional<Node>> next() override {
      co_await Advance{frame_};
      if (frame_.done()) co_return std::nullopt;
      detail::Tape tape;
      detail::appendValue(tape, *std::exchange(frame_.promise().value, std::nullopt));
      co_return Node{std::move(tape)};
    }

   private:
    Frame frame_;
  };

  explicit Stream(Frame frame) : part_(std::make_shared<detail::Part>(std::make_unique<Values>(frame))) {
    static_assert(detail::crosses<T>(), "what a stream gives crosses the wire like any other value");
  }

  detail::PartPtr part_;
};

}  // namespace duramen
