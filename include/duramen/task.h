#pragma once
// Task<T>: a lazy coroutine, begun by whoever awaits it (symmetric transfer, so a chain of any length uses no stack).
// Dropping a Task cancels *waiting*: its frame and what the frame owns go away. Work that another owner has begun, such
// as an object's event, goes on.

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace duramen {

struct ObjectId;

using Work = std::move_only_function<void()>;

// Runs what is posted to it, one after another, on one thread.
class Executor {
 public:
  virtual ~Executor() = default;
  // Any thread. Work posted by one thread runs in the order in which it was posted.
  virtual void post(Work work) = 0;
};

// Told which objects a render reads; on the render's own executor.
class Tracker {
 public:
  virtual ~Tracker() = default;
  virtual void reads(const ObjectId& object) = 0;
};

// For whom work is done. A root task gets one; each co_await hands it on, so a call of any depth knows its render and
// nothing is global. The owner of the root keeps it alive and in place while the root lives.
struct Scope {
  Executor* executor = nullptr;  // where the awaiting task resumes
  Tracker* tracker = nullptr;    // of a render; none in an action or an object's event
};

template <class T>
class Task;

namespace detail {

struct ResumeContinuation {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
    return self.promise().continuation;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr error;
  Scope* scope = nullptr;
  std::suspend_always initial_suspend() noexcept { return {}; }
  ResumeContinuation final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() noexcept {}
  void take() {
    if (error) std::rethrow_exception(error);
  }
};

// Starts the awaited task in the waiter's scope.
template <class T>
struct AwaitTask {
  std::coroutine_handle<Promise<T>> frame;
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Waiter> waiter) noexcept {
    frame.promise().continuation = waiter;
    frame.promise().scope = waiter.promise().scope;
    return frame;
  }
  T await_resume() { return frame.promise().take(); }
};

}  // namespace detail

template <class T = void>
class [[nodiscard("a Task does nothing until it is awaited")]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Result = T;

  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    Task old{std::exchange(frame_, std::exchange(other.frame_, nullptr))};
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  auto operator co_await() && noexcept { return detail::AwaitTask<T>{frame_}; }

  // For the owner of a root task (a group, an object, a test): runs it until it first waits.
  // REQUIRES: `scope` outlives the task.
  void start(Scope& scope) {
    frame_.promise().scope = &scope;
    frame_.resume();
  }
  bool done() const { return frame_.done(); }
  // REQUIRES: done(). Rethrows what the task threw.
  T result() { return frame_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>{std::coroutine_handle<Promise>::from_promise(*this)};
}
inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>{std::coroutine_handle<Promise>::from_promise(*this)};
}

namespace detail {

// co_await CurrentScope{}: the scope of the task that awaits it, without waiting.
struct CurrentScope {
  Scope* scope = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  bool await_suspend(std::coroutine_handle<Waiter> waiter) noexcept {
    scope = waiter.promise().scope;
    return false;
  }
  Scope& await_resume() const noexcept { return *scope; }
};

template <class T>
inline constexpr bool isTask = false;
template <class T>
inline constexpr bool isTask<Task<T>> = true;

// What a function yields, whether it answers at once or in a Task.
template <class T>
struct ResultOf {
  using type = T;
};
template <class T>
struct ResultOf<Task<T>> {
  using type = T;
};

struct AllState {
  std::size_t left = 0;
  std::coroutine_handle<> waiter;
};

// co_await OneIsDone{state}: the last statement of a task of whenAll. The last one to come here goes on in the waiter,
// once its own frame is suspended for good.
struct OneIsDone {
  AllState& state;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    if (--state.left == 0) self.promise().continuation = state.waiter;
    return false;
  }
  void await_resume() const noexcept {}
};

template <class R>
using StoredResult = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

template <class R, class Awaitable>
Task<void> runOne(Awaitable awaitable, std::optional<StoredResult<R>>& result, std::exception_ptr& error,
                  AllState& state) {
  try {
    if constexpr (std::is_void_v<R>) {
      co_await std::move(awaitable);
      result.emplace();
    } else {
      result.emplace(co_await std::move(awaitable));
    }
  } catch (...) {
    error = std::current_exception();
  }
  co_await OneIsDone{state};
}

// Starts all in the waiter's scope, one after another; each runs until it first waits.
template <class... Awaitables>
class AwaitAll {
 public:
  explicit AwaitAll(Awaitables... each) : awaitables_(std::move(each)...) {}
  AwaitAll(const AwaitAll&) = delete;
  AwaitAll& operator=(const AwaitAll&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  bool await_suspend(std::coroutine_handle<Waiter> waiter) {
    state_.waiter = waiter;
    state_.left = sizeof...(Awaitables) + 1;
    startAll(*waiter.promise().scope, std::index_sequence_for<Awaitables...>{});
    return --state_.left > 0;
  }
  std::tuple<StoredResult<typename Awaitables::Result>...> await_resume() {
    for (const std::exception_ptr& error : errors_)
      if (error) std::rethrow_exception(error);
    return std::apply([](auto&... each) { return std::tuple{std::move(*each)...}; }, results_);
  }

 private:
  template <std::size_t... I>
  void startAll(Scope& scope, std::index_sequence<I...>) {
    (std::get<I>(tasks_).emplace(runOne<typename Awaitables::Result>(std::move(std::get<I>(awaitables_)),
                                                                     std::get<I>(results_), errors_[I], state_)),
     ...);
    (std::get<I>(tasks_)->start(scope), ...);
  }
  template <class>
  using TaskSlot = std::optional<Task<void>>;

  std::tuple<Awaitables...> awaitables_;
  std::tuple<std::optional<StoredResult<typename Awaitables::Result>>...> results_;
  std::array<std::exception_ptr, sizeof...(Awaitables)> errors_;
  AllState state_;
  std::tuple<TaskSlot<Awaitables>...> tasks_;  // last: dropped before what they refer to
};

}  // namespace detail

// Awaits several at once, Tasks and calls of objects: `auto [text, readers] = co_await whenAll(a.call<&Note::text>(),
// b.call<&Room::readers>());`. A result of void is a std::monostate. When all have ended, throws what the first of them
// in order of the arguments threw.
template <class... Awaitables>
detail::AwaitAll<Awaitables...> whenAll(Awaitables... each) {
  static_assert(sizeof...(Awaitables) > 0, "whenAll takes at least one Task or call");
  return detail::AwaitAll<Awaitables...>{std::move(each)...};
}

}  // namespace duramen
