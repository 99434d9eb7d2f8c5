#pragma once
// A page on its way to a browser, as Flight rows or in a document. A page that is there whole is one answer; one whose
// parts are still awaited is sent without them, and each part follows when it is ready and the browser has taken what
// came before. On the loop of its connection.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/site.h"
#include "flight/encode.h"
#include "server/document.h"
#include "server/transport.h"

namespace duramen::server {

class Service;

enum class PageForm : std::uint8_t { flight, document };

// What an action's answer holds beside the page: in PageForm::flight.
struct ActionRows {
  int status = 200;
  std::vector<std::string> cookies;  // values of Set-Cookie
  std::string rows;                  // of the result, or of why there is none
  std::string envelope;              // row 0, which names both
};

class PageStream final : public app::PageSink, public std::enable_shared_from_this<PageStream> {
 public:
  // REQUIRES: `service` outlives it. `link` is named in the log, whose lines are limited for each `address`.
  PageStream(const Service& service, PageForm form, std::string link, std::string address, Handler::Answer answer);
  // The page after an action.
  PageStream(const Service& service, ActionRows action, std::string link, std::string address, Handler::Answer answer);

  void begin(app::Page page) override;
  void part(detail::PartPtr part) override;
  // No more is rendered; `fault` is for the log. Parts that are still awaited show their fallbacks.
  void end(std::string_view fault);
  // In the place of a page that has not begun. An action's answer is sent all the same: the action has run.
  void refuse(int status, std::string_view why);
  // Likewise: the session function failed, so nobody knows whose the page is.
  void refuseUnknown();
  bool begun() const { return !answer_; }
  // Whether somebody still takes what comes.
  bool isWanted() const { return isWanted_; }
  // Called at most once, when nobody does: within other calls, those of this class included.
  void onUnwanted(Work tell) { onUnwanted_ = std::move(tell); }
  // Higher after each part that has come.
  std::uint64_t progress() const { return progress_; }

 private:
  class Body;

  void answer(Response response);
  std::string firstRows(app::Page& page);
  Response opened(const app::Page& page, std::string rows);
  Response withBody(Response response);
  void expect(const Node& node);
  BodySource::State read(std::string& out);
  void report(std::string_view fault) const;

  const Service& service_;
  const PageForm form_;
  const std::optional<ActionRows> action_;
  const std::string link_;
  const std::string address_;
  Handler::Answer answer_;  // until it is given
  flight::PageRows rows_;
  std::optional<DocumentScripts> scripts_;
  std::string closing_;    // what the document ends with
  detail::Parts awaited_;  // named by what was rendered, and not done
  detail::Parts ready_;    // done, and not sent
  std::string unsent_;     // the beginning, until it is read
  Work onReady_;
  Work onUnwanted_;
  std::uint64_t progress_ = 0;
  bool isWanted_ = true;
  bool ended_ = false;
};

}  // namespace duramen::server
