// Revocations: what every loop of a server is told, and waited for.

#include <atomic>
#include <coroutine>
#include <stdexcept>

#include <fmt/format.h>

#include "realtime/groups.h"

namespace duramen::realtime {
namespace {

// Runs `work(i)` on each of these loops; resumes the waiter, on its own executor, when all have.
class OnEach {
 public:
  OnEach(std::vector<loop::Loop*> loops, std::function<void(std::size_t)> work)
      : loops_(std::move(loops)), work_(std::move(work)) {}
  OnEach(const OnEach&) = delete;
  OnEach& operator=(const OnEach&) = delete;
  ~OnEach() {
    if (state_) state_->waiter = nullptr;
  }
  bool await_ready() const { return loops_.empty(); }
  template <class Waiter>
  void await_suspend(std::coroutine_handle<Waiter> waiter) {
    state_ = std::make_shared<State>(loops_.size(), waiter, waiter.promise().scope->executor);
    for (std::size_t i = 0; i < loops_.size(); ++i)
      loops_[i]->post([state = state_, work = work_, i] {
        if (work) work(i);
        if (state->left.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
        state->home->post([state] {
          if (state->waiter) state->waiter.resume();
        });
      });
  }
  void await_resume() const {}

 private:
  struct State {
    State(std::size_t n, std::coroutine_handle<> w, Executor* e) : left(n), waiter(w), home(e) {}
    std::atomic<std::size_t> left;
    std::coroutine_handle<> waiter;  // touched on `home`
    Executor* home;
  };
  std::vector<loop::Loop*> loops_;
  std::function<void(std::size_t)> work_;
  std::shared_ptr<State> state_;
};

}  // namespace

// First the count, for those whose join is being decided; then the clients that are there; then the loops of their
// sockets, which have been told by then to close them.
Task<void> Groups::revoke(detail::RevokedSlot slot) {
  const std::type_info* const type = environment_.site.sessionType();
  if (!type || *type != *slot.session)
    throw std::logic_error(
        fmt::format("revoke: a member of {} was given, which is not the app's Session", slot.session->name()));
  revocations_.fetch_add(1, std::memory_order_acq_rel);
  std::vector<loop::Loop*> loops;
  for (const auto& table : tables_) loops.push_back(table->loop);
  co_await OnEach{loops, [this, slot](std::size_t i) { tables_[i]->authority->revoke(slot); }};
  co_await OnEach{loops, nullptr};
}

Task<void> Groups::revokeIn(std::shared_ptr<void> companion, detail::RevokedSlot slot) {
  const auto link = std::static_pointer_cast<Link>(std::move(companion));
  if (!link) co_return;
  std::optional<Task<void>> revoking;
  {
    const std::lock_guard lock{link->mutex};
    if (link->groups) revoking.emplace(link->groups->revoke(std::move(slot)));
  }
  if (revoking) co_await std::move(*revoking);
}

}  // namespace duramen::realtime

namespace duramen::detail {

Task<void> revoke(const Namespace<RealtimeDurableObject>& groups, RevokedSlot slot) {
  return realtime::Groups::revokeIn(groups.companion(), std::move(slot));
}

}  // namespace duramen::detail
