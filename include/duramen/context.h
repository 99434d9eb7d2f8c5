#pragma once
// What a page, a guard or an action is given. Identity is reached by value only: read(&Session::role) makes a view
// depend on that role, so all who share it share the render. A Context outlives the tasks it is given to.

#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

#include "duramen/cookie.h"
#include "duramen/form_error.h"
#include "duramen/realtime.h"
#include "duramen/redirect.h"
#include "duramen/value.h"
#include "duramen/verdict.h"

namespace duramen {

// The session of an app that has none.
struct NoSession {};

namespace detail {

// Who a client is: its session, erased. Immutable, shared by all that the client does.
class Identity {
 public:
  virtual ~Identity() = default;
  virtual const void* session() const = 0;
  virtual const std::type_info& type() const = 0;
  // Whether both sessions have the same values. Sessions that cannot be compared are never equal.
  // REQUIRES: `other` is of the same type.
  virtual bool equals(const Identity& other) const = 0;
  // Whether nobody is logged in: the session is equal to Session{}.
  virtual bool isNobody() const = 0;
};
using IdentityPtr = std::shared_ptr<const Identity>;

template <class Session>
class IdentityOf final : public Identity {
 public:
  explicit IdentityOf(Session session) : session_(std::move(session)) {}
  const void* session() const override { return &session_; }
  const std::type_info& type() const override { return typeid(Session); }
  bool equals(const Identity& other) const override {
    return equal(session_, *static_cast<const Session*>(other.session()));
  }
  bool isNobody() const override {
    if constexpr (std::default_initializable<Session>)
      return equal(session_, Session{});
    else
      return false;
  }

 private:
  static bool equal(const Session& a, const Session& b) {
    if constexpr (crosses<Session>()) {
      try {
        Tape left, right;
        appendValue(left, a);
        appendValue(right, b);
        return std::string_view{left.data(), left.size()} == std::string_view{right.data(), right.size()};
      } catch (const std::out_of_range&) {
        return false;  // an enum without a name, a number without a digit for it
      }
    } else if constexpr (std::equality_comparable<Session>) {
      return a == b;
    } else {
      return false;
    }
  }

  Session session_;
};

// What a render read of its client. Another client may be handed the render if its own values for exactly this are
// equal.
class Reads {
 public:
  using ValueOf = std::string (*)(const void* session, std::ptrdiff_t offset);

  void add(std::ptrdiff_t offset, ValueOf valueOf, const void* session);
  void addAll() { everything_ = true; }
  // Whether `other` would have read the same. `self` made these reads.
  bool sameFor(const Identity& self, const Identity& other) const;
  // Whether two clients have equal values in these slots, whatever the values were.
  bool equalBetween(const Identity& a, const Identity& b) const;
  // Whether two renders read the same slots and found the same values.
  friend bool operator==(const Reads& a, const Reads& b) = default;
  bool everything() const { return everything_; }
  // Whether nothing of the client was read.
  bool empty() const { return slots_.empty() && !everything_; }
  std::size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    std::ptrdiff_t offset;
    ValueOf valueOf;
    std::string value;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  std::vector<Slot> slots_;  // by offset
  bool everything_ = false;
};

// What an action says to its caller beside its result.
struct ActionReply {
  bool takesCookies = false;    // the answer is one of HTTP
  std::vector<Cookie> cookies;  // that can be written
  std::string redirect;         // empty: none
};
[[noreturn]] void throwNoAction(std::string_view what);
void setCookie(ActionReply* reply, const Cookie& cookie);

}  // namespace detail

template <class Env, class Session = NoSession>
class Context {
 public:
  using EnvType = Env;
  using SessionType = Session;

  Env& env;

  // A slot of the session, recorded by value.
  template <class T, class Owner>
  const T& read(T Owner::* slot) {
    if constexpr (!std::same_as<Owner, Session>) {
      static_assert(
          std::same_as<Owner, Session>,
          "this Context has no such session: name it, Context<Env, Session>, and give defineApp a session(...)");
    } else {
      static_assert(detail::crosses<T>(),
                    "a slot that pages read is compared by value: use text, numbers, bool, enums, keys, optionals, "
                    "vectors, or a struct of public members of these");
      const Session& all = *static_cast<const Session*>(identity_->session());
      const T& value = all.*slot;
      const std::ptrdiff_t offset = reinterpret_cast<const char*>(&value) - reinterpret_cast<const char*>(&all);
      reads_.add(offset, &detail::sessionValue<T>, &all);
      return value;
    }
  }
  // All of the session. A page that reads it is rendered for each client alone.
  const Session& session() {
    reads_.addAll();
    return *static_cast<const Session*>(identity_->session());
  }
  // Ends every realtime client whose session has `value` in this slot, on all loops, and then returns: nothing more of
  // what they looked at reaches them, and no action of theirs begins. Their browsers come again with the cookies that
  // they have by then, and get what a new client would get. So first end what the session function looks at:
  //   co_await ctx.env.sessions.at(token).call<&StoredSession::close>();
  //   co_await ctx.revoke(&Session::token, token.view());
  // The caller's own client, if it is one of them, still gets this action's answer.
  template <class T, class Owner, class Value>
  Task<void> revoke(T Owner::* slot, const Value& value) {
    static_assert(std::same_as<Owner, Session>, "revoke takes a member of this Context's Session");
    return duramen::revoke(detail::groupsIn(env), slot, value);
  }
  // Whether the client that called this action has gone. Work that has begun may end early, or go on.
  bool cancelled() const { return gone_ && *gone_; }

  // In an action: a cookie for the browser. Throws ActionError if the call came by the realtime socket, which carries
  // none: call the action from a form, or with a FormData. std::logic_error in a page or a guard.
  void setCookie(const Cookie& cookie) { detail::setCookie(reply_, cookie); }
  // In an action: the browser goes to `link` when the action has ended well. std::logic_error in a page or a guard,
  // which return redirects.
  void redirect(std::string_view link) {
    if (!reply_) detail::throwNoAction("redirect");
    reply_->redirect = redirectTarget(link);
  }

  // In a page: why a form of it was not done, when its POST is answered (form_error.h). Of an action with bound
  // arguments only the form with these: errorOf(renameAction.bind(key)).
  template <class A>
  FormError errorOf(const A& action) const {
    if (!failure_) return {};
    if constexpr (requires { action.boundCount(); })
      return failure_->isOf(action.id(), &action.bound(), action.boundCount()) ? FormError{failure_} : FormError{};
    else
      return failure_->isOf(A::id, nullptr, 0) ? FormError{failure_} : FormError{};
  }

  // For the library. REQUIRES: `env`, `*gone` and `*reply` outlive the context.
  Context(Env& e, detail::IdentityPtr identity, const bool* gone = nullptr, detail::ActionReply* reply = nullptr)
      : env(e), identity_(std::move(identity)), gone_(gone), reply_(reply) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  const detail::Reads& reads() const { return reads_; }
  void show(detail::FormFailure* failure) { failure_ = failure; }

 private:
  detail::IdentityPtr identity_;
  const bool* gone_;
  detail::ActionReply* reply_;
  detail::FormFailure* failure_ = nullptr;
  detail::Reads reads_;
};

}  // namespace duramen
