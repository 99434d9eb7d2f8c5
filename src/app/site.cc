#include <exception>
#include <set>
#include <stdexcept>

#include "base/json.h"
#include "base/seals.h"
#include "base/utf8.h"
#include "duramen/html.h"
#include "duramen/merged_text.h"
#include "duramen/object.h"
#include "duramen/site_of.h"
#include "duramen/text.h"
#include "flight/reply.h"

namespace duramen::app {
namespace {

Page textPage(int status, std::string_view heading, std::string_view text) {
  Page page;
  page.status = status;
  page.node = html::main.className("duramen-status")(html::h1(heading), html::p(text));
  return page;
}

// Of the whole action, which may have saved something before the call that failed.
std::string_view storageText(StorageError::Reason reason) {
  switch (reason) {
    case StorageError::Reason::storageFull:
      return "the server's disk is full, not all of this was saved";
    case StorageError::Reason::outcomeUnknown:
      return "the server's disk failed, it is unknown whether this was saved";
    case StorageError::Reason::stopped:
      return "the server is stopping, not all of this was saved";
    case StorageError::Reason::refused:
      return "a value was too large to be saved, not all of this was saved";
    case StorageError::Reason::undecodable:
    case StorageError::Reason::unreadable:
      return "what is stored could not be read, not all of this was saved";
    case StorageError::Reason::noMemory:
      return "the server has no memory left, not all of this was saved";
  }
  return "storage failed";
}

}  // namespace

std::optional<std::vector<std::string>> match(const std::vector<std::string>& pattern,
                                              const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::vector<std::string> params;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i].starts_with(':')) {
      if (path[i].empty()) return std::nullopt;
      params.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return params;
}

void requireDistinctModules(std::span<const ClientBundle* const> bundles) {
  std::set<std::string_view> ids;
  for (const ClientBundle* const bundle : bundles)
    for (const ClientModuleUrl& module : bundle->modules)
      if (!ids.insert(module.id).second)
        throw std::logic_error("two bundles of client(...) have a module " + std::string(module.id) +
                               ": only one could be shown");
}

std::expected<std::vector<Value>, std::string> decodeText(std::string_view text) {
  return flight::inWords(flight::decodeArguments(text));
}

Task<Recognized> Site::recognize(Request request) {
  detail::IdentityPtr who = co_await identify(std::move(request));
  co_return Recognized{std::move(who), std::nullopt};
}

Task<Recognized> Site::recognizeAgain(std::string) {
  throw std::logic_error("this site kept nothing of its clients");
  co_return Recognized{};
}

Page refusedPage(const Verdict& verdict) {
  if (!verdict.redirectsTo().empty()) return redirectPage(verdict.redirectsTo());
  return textPage(403, "Not allowed", verdict.why());
}

// HTTP has redirects of its own. Where a payload tells of one, the browser follows the meta element that React puts
// into the head, and whoever has that switched off, the link.
Page redirectPage(std::string_view link) {
  Page page;
  page.status = 302;
  page.redirect = link;
  page.node = html::main.className("duramen-status")(html::meta.httpEquiv("refresh").content("0;url=" + page.redirect),
                                                     html::p(html::a.href(link)(link)));
  return page;
}

Page plainPage(int status, std::string fault) {
  Page page = status == 404
                  ? textPage(status, "Not found", "There is no page at this address.")
                  : textPage(status, "Something went wrong", "The page could not be shown. Please try again.");
  page.fault = std::move(fault);
  return page;
}

Page formFailedPage(int status, std::string_view why, std::string_view link) {
  Page page;
  page.status = status;
  page.node = html::main.className("duramen-status")(html::h1("This was not done"), html::p(why),
                                                     html::p(html::a.href(link)("Back to the page")));
  return page;
}

Page unknownSessionPage(std::chrono::seconds retry) {
  Page page;
  page.status = 503;
  page.node = html::main.className("duramen-status")(
      html::meta.httpEquiv("refresh").content(std::to_string(retry.count())), html::h1("One moment, please"),
      html::p("The server cannot tell just now who you are. It tries again, and so does this page, every " +
              std::to_string(retry.count()) + " seconds."));
  return page;
}

Outcome refused(std::string_view action, const Verdict& verdict) {
  Outcome outcome;
  if (const std::string_view link = verdict.redirectsTo(); !link.empty()) {
    outcome.reply.redirect = link;
    outcome.result = redirectResult(link);
    return outcome;
  }
  outcome.status = 403;
  outcome.error = std::string(action) + ": refused: " + std::string(verdict.why());
  return outcome;
}

Node redirectResult(std::string_view link) {
  using detail::Op;
  detail::Tape tape;
  tape.put(Op::object, std::uint32_t{1});
  tape.putField("__rw_action_response");
  tape.put(Op::object, std::uint32_t{2});
  tape.putField("status");
  tape.put(Op::integer, std::int64_t{303});
  tape.putField("headers");
  tape.put(Op::object, std::uint32_t{1});
  tape.putField("location");
  tape.putText(link);
  return Node{std::move(tape)};
}

bool openSealed(std::vector<Value>& values, std::size_t position, const Seals& seals, std::string_view action) {
  const auto* sealed = position < values.size() ? valueAs<std::string>(&values[position]) : nullptr;
  if (!sealed) return false;
  const auto text = seals.open(action, static_cast<std::uint32_t>(position), *sealed);
  if (!text) return false;
  auto value = parseJson(*text);
  if (!value) return false;
  values[position] = Value{OpenedValue{{std::move(*value)}}};
  return true;
}

Outcome wrongCall(std::string why) {
  Outcome outcome;
  outcome.status = 400;
  outcome.error = std::move(why);
  return outcome;
}

Outcome unknownAction(std::string_view name) {
  Outcome outcome;
  outcome.status = 404;
  outcome.error = isUtf8(name) ? "there is no action \"" + std::string(truncated(name, 100)) + "\""
                               : "there is no action of this name, which is not UTF-8";
  return outcome;
}

Outcome unknownSession(std::string_view action) {
  Outcome outcome;
  outcome.status = 503;
  outcome.error = std::string(action) +
                  ": it was not run, since the server cannot tell just now who you are; it tries again, and so may you";
  return outcome;
}

std::string currentFault() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

Outcome failedOutcome(std::string_view action) {
  Outcome outcome;
  outcome.status = 500;
  try {
    throw;
  } catch (const ActionError& e) {
    outcome.status = 400;
    outcome.error = std::string(action) + ": " + e.what();
    outcome.field = e.field();
  } catch (const TextRefused& e) {
    outcome.status = 400;
    outcome.error = std::string(action) + ": " + e.what();
  } catch (const StorageError& e) {
    // The caller learns whether it was saved, not what the disk said.
    outcome.error = std::string(action) + ": " + std::string(storageText(e.reason()));
    outcome.fault = e.what();
  } catch (...) {
    outcome.error = std::string(action) + ": the action failed";
    outcome.fault = currentFault();
  }
  return outcome;
}

std::string_view reasonOf(const Outcome& outcome, std::string_view action) {
  std::string_view reason = outcome.error;
  if (reason.starts_with(action) && reason.substr(action.size()).starts_with(": "))
    reason.remove_prefix(action.size() + 2);
  return reason;
}

Node pagePlace() { return html::div.id("hydrate-root")(Node::hole()); }

Node plainDocument(Node page) {
  return html::html.lang("en")(html::head(html::meta.charSet("utf-8"),
                                          html::meta.name("viewport").content("width=device-width, initial-scale=1")),
                               html::body(std::move(page)));
}

}  // namespace duramen::app
