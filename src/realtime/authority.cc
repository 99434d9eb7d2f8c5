#include "realtime/authority.h"

#include <algorithm>

#include <fmt/format.h>

#include "realtime/client.h"

namespace duramen::realtime {
namespace {

constexpr loop::Duration longestRetry = std::chrono::seconds{30};
constexpr loop::Duration complaintInterval = std::chrono::seconds{10};

bool matches(const detail::RevokedSlot& slot, const detail::Identity& who) {
  return slot.valueOf(who.session(), slot.offset) == slot.value;
}

// For a walk during which some may go.
std::vector<std::shared_ptr<Client>> copyOf(const std::vector<Client*>& clients) {
  std::vector<std::shared_ptr<Client>> copy;
  copy.reserve(clients.size());
  for (Client* const client : clients) copy.push_back(client->shared_from_this());
  return copy;
}

}  // namespace

struct Credentials::Waiter {
  std::coroutine_handle<> handle;  // null: it does not wait, or waits no more
  bool isAnswered = false;
  bool isCurrent = false;
};

struct Credentials::Run {
  explicit Run(loop::Loop& loop) : task(loop) {}
  std::vector<std::shared_ptr<Waiter>> waiters;
  std::vector<detail::RevokedSlot> revoked;  // since it began
  loop::Timer deadline;
  TaskSet task;
};

void Credentials::remove(const Client& client) {
  if (!authority_) return;
  clients_[client.placeInCredentials] = clients_.back();
  clients_[client.placeInCredentials]->placeInCredentials = client.placeInCredentials;
  clients_.pop_back();
  if (clients_.empty()) authority_->forget(*this);
}

class Authority::Asking {
 public:
  Asking(Authority& authority, Credentials& credentials) : authority_(authority), credentials_(credentials) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() { waiter_->handle = nullptr; }
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    credentials_.waiting_.push_back(waiter_);
    if (!credentials_.run_) authority_.begin(credentials_);
    if (waiter_->isAnswered) return false;
    waiter_->handle = handle;
    return true;
  }
  bool await_resume() const { return waiter_->isCurrent; }

 private:
  Authority& authority_;
  Credentials& credentials_;
  std::shared_ptr<Credentials::Waiter> waiter_ = std::make_shared<Credentials::Waiter>();
};

Authority::Authority(loop::Loop& loop, app::Site& site, const AuthorityOptions& options, const Log& log)
    : loop_(loop), site_(site), options_(options), log_(log), random_(std::random_device{}()) {}

Authority::~Authority() = default;

void Authority::add(Client& client, detail::IdentityPtr who, std::optional<std::string> kept, bool isOld) {
  if (!kept) {
    if (!fixed_ || fixed_->who_ != who) {
      fixed_ = std::make_shared<Credentials>();
      fixed_->who_ = std::move(who);
    }
    client.credentials = fixed_;
    return;
  }
  const auto found = listed_.find(*kept);
  CredentialsPtr known = found == listed_.end() ? nullptr : found->second->shared_from_this();
  CredentialsPtr credentials = known && known->who_->equals(*who) ? known : nullptr;
  if (!credentials) {
    // The others are asked for themselves: one who comes anew is not logged out with them.
    if (known) {
      unlist(*known);
      askSoon(*known);
    }
    credentials = std::make_shared<Credentials>();
    credentials->authority_ = this;
    credentials->kept_ = std::move(*kept);
    credentials->who_ = std::move(who);
    credentials->isListed_ = true;
    listed_.emplace(credentials->kept_, credentials.get());
    all_.insert(credentials.get());
    schedule(*credentials, options_.interval);
    if (isOld) askSoon(*credentials);
  } else if (known->failures_ > 0) {
    known->isUnknown_ = false;  // the new one has not been told
    askSoon(*known);            // it worked just now
  }
  client.credentials = credentials;
  client.placeInCredentials = static_cast<std::uint32_t>(credentials->clients_.size());
  credentials->clients_.push_back(&client);
}

void Authority::askSoon(Credentials& credentials) {
  credentials.isDue_ = true;
  loop_.post([this, waiting = credentials.weak_from_this()] {
    const CredentialsPtr alive = waiting.lock();
    if (alive && alive->isAsked() && !alive->run_) begin(*alive);
  });
}

Task<bool> Authority::ask(CredentialsPtr credentials) {
  if (!credentials->isAsked()) co_return true;
  co_return co_await Asking{*this, *credentials};
}

// Runs.

void Authority::begin(Credentials& credentials) {
  unschedule(credentials);
  credentials.run_ = std::make_unique<Credentials::Run>(loop_);
  credentials.run_->waiters = std::exchange(credentials.waiting_, {});
  credentials.run_->task.spawn(run(credentials));
  if (!credentials.run_ || credentials.run_->deadline) return;
  credentials.run_->deadline = loop_.after(options_.deadline, [this, &credentials] {
    finish(credentials, std::nullopt, "it took longer than its deadline");
  });
}

// The run belongs to the credentials: they outlive it.
Task<void> Authority::run(Credentials& credentials) {
  std::optional<app::Recognized> answer;
  Failure failure;
  try {
    Task<app::Recognized> asking = site_.recognizeAgain(credentials.kept_);
    answer.emplace(co_await std::move(asking));
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  finish(credentials, std::move(answer), failure);
}

void Authority::finish(Credentials& credentials, std::optional<app::Recognized> answer, const Failure& failure) {
  const std::shared_ptr<Credentials::Run> run = std::move(credentials.run_);
  run->deadline.reset();
  // Both may be on the stack: they go by work of their own.
  loop_.post([run, held = credentials.shared_from_this()] {});
  const auto isRevoked = [&](const detail::RevokedSlot& slot) { return matches(slot, *answer->who); };
  if (answer && std::ranges::any_of(run->revoked, isRevoked)) {
    // What it found is no longer true: those who wait for it wait for the next one.
    credentials.isDue_ = true;
    credentials.waiting_.insert(credentials.waiting_.begin(), run->waiters.begin(), run->waiters.end());
    return begin(credentials);
  }
  const bool isCurrent = answer.has_value();
  if (answer)
    take(credentials, std::move(*answer));
  else
    fail(credentials, failure);
  tell(std::move(run->waiters), isCurrent);
  if (!credentials.waiting_.empty() && credentials.isAsked() && !credentials.run_) begin(credentials);
}

void Authority::fail(Credentials& credentials, const Failure& failure) {
  credentials.isDue_ = true;
  const loop::Duration wait =
      std::min<loop::Duration>(std::chrono::seconds{1U << std::min(credentials.failures_++, 5U)}, longestRetry);
  schedule(credentials, wait);
  complain(failure);
  if (std::exchange(credentials.isUnknown_, true)) return;
  for (const auto& client : copyOf(credentials.clients_)) client->listener->unknown(*client);
}

void Authority::take(Credentials& credentials, app::Recognized answer) {
  credentials.failures_ = 0;
  credentials.isUnknown_ = false;
  const bool wasDue = std::exchange(credentials.isDue_, false);
  schedule(credentials, options_.interval);
  // It looks at more than it did, so the browser must send all again.
  if (!answer.isComplete) return endAll(credentials);
  if (credentials.who_->equals(*answer.who)) {
    if (!wasDue) return;
    for (const auto& client : copyOf(credentials.clients_)) client->listener->confirmed(*client);
    return;
  }
  const bool isLoggedOut = answer.who->isNobody() && !credentials.who_->isNobody();
  credentials.who_ = std::move(answer.who);
  if (isLoggedOut) return endAll(credentials);
  for (const auto& client : copyOf(credentials.clients_)) client->listener->changed(*client);
}

void Authority::endAll(Credentials& credentials) {
  unlist(credentials);
  for (const auto& client : copyOf(credentials.clients_)) client->listener->ended(*client);
}

void Authority::tell(std::vector<std::shared_ptr<Credentials::Waiter>> waiters, bool isCurrent) {
  for (auto& waiter : waiters) {
    waiter->isAnswered = true;
    waiter->isCurrent = isCurrent;
    if (!waiter->handle) continue;
    loop_.post([waiter = std::move(waiter)] {
      if (waiter->handle) waiter->handle.resume();
    });
  }
}

void Authority::revoke(const detail::RevokedSlot& slot) {
  std::vector<CredentialsPtr> revoked;
  for (const auto& each : all_) {
    if (each->run_) each->run_->revoked.push_back(slot);
    if (matches(slot, *each->who_)) revoked.push_back(each->shared_from_this());
  }
  for (const CredentialsPtr& each : revoked) endAll(*each);
}

// The table, and the clock.

void Authority::unlist(Credentials& credentials) {
  if (std::exchange(credentials.isListed_, false)) listed_.erase(credentials.kept_);
}

void Authority::forget(Credentials& credentials) {
  unlist(credentials);
  unschedule(credentials);
  all_.erase(&credentials);
  credentials.authority_ = nullptr;
  credentials.run_.reset();
}

void Authority::schedule(Credentials& credentials, loop::Duration wait) {
  unschedule(credentials);
  if (!credentials.isAsked()) return;
  const double share = std::uniform_real_distribution<>{0.8, 1.0}(random_);
  credentials.next_ = loop_.now() + std::chrono::duration_cast<loop::Duration>(wait * share);
  schedule_.emplace(credentials.next_, &credentials);
  wake();
}

void Authority::unschedule(Credentials& credentials) { schedule_.erase({credentials.next_, &credentials}); }

// The timer may fire for nothing: it is not moved when what it was set for has been asked meanwhile.
void Authority::wake() {
  if (schedule_.empty()) return timer_.reset();
  const loop::TimePoint first = schedule_.begin()->first;
  if (timer_ && timerAt_ <= first) return;
  timerAt_ = first;
  timer_ = loop_.after(first - loop_.now(), [this] {
    timer_.reset();
    askDue();
    wake();
  });
}

void Authority::askDue() {
  const loop::TimePoint now = loop_.now();
  while (!schedule_.empty() && schedule_.begin()->first <= now) {
    const CredentialsPtr credentials = schedule_.begin()->second->shared_from_this();
    schedule_.erase(schedule_.begin());
    begin(*credentials);
    // One that had its answer at once was never due.
    if (credentials->run_) credentials->isDue_ = true;
  }
}

// A database that is down says so for each client.
void Authority::complain(const Failure& failure) {
  if (complained_ && loop_.now() - *complained_ < complaintInterval) return;
  complained_ = loop_.now();
  log_.error(
      fmt::format("session(...) failed for a client that is connected: {}; what it shows stays, its actions are "
                  "refused, and it is asked again",
                  failure));
}

}  // namespace duramen::realtime
