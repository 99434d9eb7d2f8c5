#pragma once
// A prop that comes later: the browser's component gets a promise of it, and reads it with React's use(). The page does
// not wait for it.
//
//   struct Chart {
//     static constexpr duramen::ClientModule module{"/client/Chart.tsx", "Chart"};
//     duramen::Promise<std::vector<double>> history;
//   };
//   Chart{.history = duramen::Promise{historyOf(ctx, key)}}
//
// where historyOf is a Task<std::vector<double>>. If it throws, the promise is rejected and the fault is logged. It
// only goes out: as an argument a promise is its value (value.h).

#include <memory>
#include <utility>

#include "duramen/suspense.h"
#include "duramen/value.h"

namespace duramen {
namespace detail {

template <class T>
Task<Node> valueNode(Task<T> task) {
  T value = co_await std::move(task);
  Tape tape;
  appendValue(tape, value);
  co_return Node{std::move(tape)};
}

}  // namespace detail

// REQUIRES of the Task: as of Suspense's.
template <class T>
class Promise {
 public:
  static constexpr bool onlyGoesOut = true;
  using ValueType = T;

  explicit Promise(Task<T> task) : part_(std::make_shared<detail::Part>(detail::valueNode(std::move(task)))) {
    static_assert(detail::crosses<T>(), "what is promised crosses the wire like any other value");
  }
  void appendValueTo(detail::Tape& tape) const {
    tape.put(detail::Op::promise);
    tape.putPending(part_);
  }

 private:
  detail::PartPtr part_;
};

}  // namespace duramen
