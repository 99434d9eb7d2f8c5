#pragma once
// A call to a durable object is a message: its arguments move into it, its reply goes to a small state that both sides
// hold, and the caller resumes on its own executor. Dropping the caller leaves a call that has begun to run to its end.

#include <atomic>
#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "duramen/durable_object.h"
#include "duramen/task.h"

namespace duramen {

namespace detail {

class ObjectClass;  // a namespace that is open (src/objects/objects.h)

// What both sides of a call hold. `waiter` belongs to the caller's executor; all else to the object's loop until the
// reply is posted, then to the caller's.
struct CallState {
  virtual ~CallState() = default;
  std::coroutine_handle<> waiter;
  std::atomic<bool> abandoned = false;  // a call that has not begun need not begin
  Executor* home = nullptr;
  std::exception_ptr error;
};

struct Nothing {};

template <class R>
struct ResultState : CallState {
  std::optional<std::conditional_t<std::is_void_v<R>, Nothing, R>> result;
};

// What the object does: runs at once, or as the task that it returns. The result is put into the state.
using Invoke = std::move_only_function<std::optional<Task<void>>(DurableObject&, CallState&)>;

// Whom a call is for. A call through an id has no name.
struct Address {
  std::shared_ptr<const ObjectClass> objectClass;
  ObjectId id;
  std::string name;
};

struct CallMessage {
  Address to;
  Invoke invoke;
  bool isRead = false;
  const std::string_view* method = nullptr;  // its name, which lives as long as the program
};

// Begins a call for a task of this scope. Its reply is posted to state->home, so it never comes before this returns.
void beginCall(CallMessage message, const std::shared_ptr<CallState>& state, Scope& scope);

template <class R>
class AwaitCall {
 public:
  explicit AwaitCall(CallMessage message) : message_(std::move(message)) {}
  AwaitCall(const AwaitCall&) = delete;
  AwaitCall& operator=(const AwaitCall&) = delete;
  ~AwaitCall() {
    state_->waiter = nullptr;
    state_->abandoned.store(true, std::memory_order_relaxed);
  }
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  void await_suspend(std::coroutine_handle<Waiter> waiter) {
    state_->waiter = waiter;
    beginCall(std::move(message_), state_, *waiter.promise().scope);
  }
  R await_resume() {
    if (state_->error) std::rethrow_exception(std::exchange(state_->error, nullptr));
    if constexpr (!std::is_void_v<R>) return std::move(*state_->result);
  }

 private:
  CallMessage message_;
  std::shared_ptr<ResultState<R>> state_ = std::make_shared<ResultState<R>>();
};

template <class R>
Task<void> keepResult(Task<R> task, ResultState<R>& state) {
  // An exception leaves the object's thread in the state alone: the task's frame, which holds it too, goes first.
  Task<R> running = std::move(task);
  try {
    if constexpr (std::is_void_v<R>) {
      co_await std::move(running);
      state.result.emplace();
    } else {
      state.result.emplace(co_await std::move(running));
    }
  } catch (...) {
    state.error = std::current_exception();
  }
}

}  // namespace detail

// A call that begins when it is awaited. What the method throws, the caller's co_await throws.
template <class R>
class [[nodiscard("a call begins when it is awaited")]] Call {
 public:
  using Result = R;
  explicit Call(detail::CallMessage message) : message_(std::move(message)) {}
  auto operator co_await() && { return detail::AwaitCall<R>{std::move(message_)}; }

 private:
  detail::CallMessage message_;
};

namespace detail {

template <class Method>
struct MethodTraits {
  static_assert(sizeof(Method) == 0, "call takes a member function of the object, as in call<&Note::save>(text)");
};
template <class R, class C, bool Read, class... Args>
struct MethodOf {
  using Class = C;
  using Result = typename ResultOf<R>::type;
  using Arguments = std::tuple<std::remove_cvref_t<Args>...>;
  static constexpr bool isRead = Read;
  static constexpr bool byValue = (!std::is_reference_v<Args> && ...) && (!std::is_pointer_v<Args> && ...);
};
template <class R, class C, class... Args>
struct MethodTraits<R (C::*)(Args...)> : MethodOf<R, C, false, Args...> {};
template <class R, class C, class... Args>
struct MethodTraits<R (C::*)(Args...) const> : MethodOf<R, C, true, Args...> {};
template <class R, class C, class... Args>
struct MethodTraits<R (C::*)(Args...) noexcept> : MethodOf<R, C, false, Args...> {};
template <class R, class C, class... Args>
struct MethodTraits<R (C::*)(Args...) const noexcept> : MethodOf<R, C, true, Args...> {};

// The event of a call: `Method` of the object with these arguments.
template <class Object, auto Method, class Arguments>
Invoke invokes(Arguments arguments) {
  using R = typename MethodTraits<decltype(Method)>::Result;
  return
      [arguments = std::move(arguments)](DurableObject& object, CallState& any) mutable -> std::optional<Task<void>> {
        auto& state = static_cast<ResultState<R>&>(any);
        auto run = [&](auto&... each) { return (static_cast<Object&>(object).*Method)(std::move(each)...); };
        using Returned = decltype(std::apply(run, arguments));
        if constexpr (isTask<Returned>) {
          return keepResult<R>(std::apply(run, arguments), state);
        } else if constexpr (std::is_void_v<R>) {
          std::apply(run, arguments);
          state.result.emplace();
        } else {
          state.result.emplace(std::apply(run, arguments));
        }
        return std::nullopt;
      };
}

}  // namespace detail
}  // namespace duramen
