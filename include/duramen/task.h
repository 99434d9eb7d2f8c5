#pragma once
// Task<T>: a lazy coroutine, begun by whoever awaits it (symmetric transfer, so a chain of any length uses no stack).
// Dropping a Task cancels *waiting*: its frame and what the frame owns go away. Work that another owner has begun, such
// as an object's event, goes on.

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

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

}  // namespace detail
}  // namespace duramen
