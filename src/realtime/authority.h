#pragma once
// Who the clients of one loop are, for as long as they are connected. The session function is asked again with what was
// kept of the request that opened the socket: every `interval`, and before each action. Clients whose requests answered
// alike share one `Credentials`, and so one run. An answer that is due holds back the clients' pages, and nothing else:
// passes go on.
//
// A revocation counts from the moment it was made: no run that began before it brings back who was revoked.

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/task_set.h"
#include "duramen/site.h"
#include "loop/loop.h"

namespace duramen::realtime {

struct Client;
class Authority;

struct AuthorityOptions {
  loop::Duration interval = std::chrono::seconds{10};  // an answer is at most so old; less by up to a fifth
  loop::Duration deadline = std::chrono::seconds{5};   // of one run; it then counts as failed
};

// Told about the clients that it gave to an Authority, on the loop.
class AuthorityListener {
 public:
  // The session function failed: it is not known who the client is, until one of the others is called.
  virtual void unknown(Client& client) = 0;
  // The answer that was due came, and the client is who it was.
  virtual void confirmed(Client& client) = 0;
  // Client::who() is another from now on.
  virtual void changed(Client& client) = 0;
  // It was somebody and is nobody now, or cannot be asked with what was kept, or was revoked.
  virtual void ended(Client& client) = 0;

 protected:
  ~AuthorityListener() = default;
};

class Credentials : public std::enable_shared_from_this<Credentials> {
 public:
  const detail::IdentityPtr& who() const { return who_; }
  // Whether no page may be handed out, since the answer is due.
  bool isDue() const { return isDue_; }
  // Whether anybody is ever asked.
  bool isAsked() const { return authority_ != nullptr; }
  // A client that goes.
  void remove(const Client& client);

 private:
  friend Authority;
  struct Waiter;
  struct Run;

  Authority* authority_ = nullptr;  // null: nobody is asked, or no client is left
  std::string kept_;
  detail::IdentityPtr who_;
  std::vector<Client*> clients_;
  std::vector<std::shared_ptr<Waiter>> waiting_;  // for the run after the present one
  std::unique_ptr<Run> run_;
  loop::TimePoint next_{};
  unsigned failures_ = 0;  // in a row
  bool isDue_ = false;
  bool isListed_ = false;   // found by those that join
  bool isUnknown_ = false;  // all its clients have been told so
};
using CredentialsPtr = std::shared_ptr<Credentials>;

class Authority {
 public:
  // REQUIRES: all outlive it; and it outlives all clients.
  Authority(loop::Loop& loop, app::Site& site, const AuthorityOptions& options, const Log& log);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // A client that joins as `who`. `isOld`: there was a revocation since that was decided, so it is asked first.
  void add(Client& client, detail::IdentityPtr who, std::optional<std::string> kept, bool isOld);
  // Who these clients are, by a run that begins now or later. False if the session function failed.
  Task<bool> ask(CredentialsPtr credentials);
  // Ends all clients with this value.
  void revoke(const detail::RevokedSlot& slot);

 private:
  friend Credentials;
  class Asking;
  using Failure = std::string;

  void askSoon(Credentials& credentials);
  void begin(Credentials& credentials);
  Task<void> run(Credentials& credentials);
  void finish(Credentials& credentials, std::optional<app::Recognized> answer, const Failure& failure);
  void fail(Credentials& credentials, const Failure& failure);
  void take(Credentials& credentials, app::Recognized answer);
  void endAll(Credentials& credentials);
  void tell(std::vector<std::shared_ptr<Credentials::Waiter>> waiters, bool isCurrent);
  void unlist(Credentials& credentials);
  void forget(Credentials& credentials);
  void schedule(Credentials& credentials, loop::Duration wait);
  void unschedule(Credentials& credentials);
  void wake();
  void askDue();
  void complain(const Failure& failure);

  loop::Loop& loop_;
  app::Site& site_;
  const AuthorityOptions& options_;
  const Log& log_;
  std::unordered_map<std::string_view, Credentials*> listed_;  // by what was kept
  std::unordered_set<Credentials*> all_;
  std::set<std::pair<loop::TimePoint, Credentials*>> schedule_;
  loop::Timer timer_;
  loop::TimePoint timerAt_{};
  CredentialsPtr fixed_;  // of the last client that need not be asked
  std::optional<loop::TimePoint> complained_;
  std::minstd_rand random_;
};

}  // namespace duramen::realtime
