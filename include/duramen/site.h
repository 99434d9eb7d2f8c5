#pragma once
// An app and its Env, with their types erased: what the server asks of them. Apps do not use this header.

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "duramen/bundle.h"
#include "duramen/context.h"
#include "duramen/node.h"
#include "duramen/request.h"
#include "duramen/suspense.h"
#include "duramen/task.h"

namespace duramen {
class Seals;
}
namespace duramen::objects {
class Objects;
}
namespace duramen::realtime {
class Groups;
}

namespace duramen::app {

struct Page {
  int status = 200;
  Node node{nullptr};
  std::string redirect;  // empty, or where the browser goes; `node` then says so for those that see it
  detail::Reads reads;   // of the route's guards and of the page
  std::string fault;     // what the page threw, for the log; empty if nothing
};

// Takes a page as it becomes ready. Neither call throws.
class PageSink {
 public:
  virtual ~PageSink() = default;
  // Once, first: the page; parts that are still awaited are pending in its node.
  virtual void begin(Page page) = 0;
  // A part that is done, after what names it.
  virtual void part(detail::PartPtr part) = 0;
};

// An action's answer. Without a result it failed, and `error` says why to the caller: the action's name, and what a
// person is told.
struct Outcome {
  int status = 200;
  bool ran = false;  // the action was called, so it may have written, also if it failed
  std::optional<Node> result;
  detail::ActionReply reply;
  std::string error;
  std::string field;  // of the form, that is wrong; empty if none is named
  std::string fault;  // for the log; empty if the caller was at fault, or nobody
};

// Who a client is, for as long as it is connected.
struct Recognized {
  detail::IdentityPtr who;
  // What its request answered to the session function (SessionRequest::kept); nothing if it need not be asked again.
  std::optional<std::string> kept;
  // Whether what was kept was enough to ask again.
  bool isComplete = true;
};

// What an action is called with, decoded when its guards have allowed the call; or what is wrong with it.
using CallArguments = std::function<std::expected<std::vector<Value>, std::string>()>;
// Of encodeReply's text form.
std::expected<std::vector<Value>, std::string> decodeText(std::string_view text);

// All tasks run on the executor of whoever awaits them, and let no exception out but where it is said.
class Site {
 public:
  virtual ~Site() = default;
  // Opens Env's namespaces. Once, before any other call.
  // REQUIRES: `seals` outlives the site's tasks.
  virtual void open(objects::Objects& objects, realtime::Groups& groups, const Seals& seals) = 0;

  // The client's session. Throws what the app's session function throws.
  virtual Task<detail::IdentityPtr> identify(Request request) = 0;
  // The same, of a client that stays.
  virtual Task<Recognized> recognize(Request request);
  // Asks again, with what was kept. Likewise.
  virtual Task<Recognized> recognizeAgain(std::string kept);
  // Whether there is a session at all: whether what a page shows may depend on who looks at it.
  virtual bool knowsClients() const { return false; }
  // The type of the sessions.
  virtual const std::type_info* sessionType() const { return nullptr; }
  // Throws what the app's mayJoin throws.
  virtual Task<Verdict> mayJoin(detail::IdentityPtr who, std::string key) = 0;
  // Whether the app decides joins at all.
  virtual bool decidesJoins() const { return false; }
  // The page at `link` (path and query), or the app's page for 403, 404 and 500.
  // `failure`: what a form of it was answered with; null: nothing. REQUIRES: it outlives the task.
  virtual Task<Page> page(std::string link, detail::IdentityPtr who, detail::FormFailure* failure) = 0;
  // The same page, each part of it as soon as it is ready; its reads are those before it was given. Gives what the
  // parts threw, for the log. REQUIRES: `sink` outlives the task.
  virtual Task<std::string> stream(std::string link, detail::IdentityPtr who, PageSink& sink) = 0;
  // The guards of the page at `link`, for a client that shall be handed somebody else's render of it.
  virtual Task<Verdict> mayView(std::string link, detail::IdentityPtr who) = 0;
  // Runs an action: guards first, then its arguments are decoded, then it is called. `takesCookies`: whether the answer
  // can carry some. REQUIRES: `*gone` outlives the task.
  virtual Task<Outcome> act(std::string name, CallArguments arguments, detail::IdentityPtr who, const bool* gone,
                            bool takesCookies) = 0;
  // Whether the action need not wait for its client's earlier ones. False for an unknown name.
  virtual bool runsConcurrently(std::string_view name) const = 0;

  virtual bool hasAction(std::string_view name) const = 0;
  // What the app's C++ gives to the browser, as a module of TypeScript.
  virtual std::string typeScript() const { return {}; }
  virtual std::span<const ClientBundle* const> bundles() const = 0;
  // The document around a page, with a hole where the page goes.
  virtual Node document() = 0;
  // The stored name of the namespace of groups; empty if the app has no realtimeRoute.
  virtual std::string_view realtimeNamespace() const = 0;
};

}  // namespace duramen::app
