#include "server/page_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "duramen/site_of.h"
#include "server/response_head.h"
#include "server/responses.h"
#include "server/service.h"
#include "server/unknown_session.h"

namespace duramen::server {
namespace {

// The page's socket has been opened with the old ones, and no script can see the new ones: so the answer says that
// there are some.
void addCookies(Response& response, const std::vector<std::string>& cookies) {
  for (const std::string& cookie : cookies) response.headers.emplace_back("Set-Cookie", cookie);
  if (!cookies.empty()) response.headers.emplace_back("Duramen-Cookies", "changed");
}

}  // namespace

// What the transport reads. It goes when it has been read, or when the browser has gone.
class PageStream::Body final : public BodySource {
 public:
  explicit Body(std::shared_ptr<PageStream> page) : page_(std::move(page)) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  ~Body() override {
    page_->onReady_ = nullptr;
    page_->isWanted_ = false;
    if (page_->onUnwanted_ && !page_->ended_) std::exchange(page_->onUnwanted_, nullptr)();
  }
  State read(std::string& out) override { return page_->read(out); }
  void onReady(Work wake) override { page_->onReady_ = std::move(wake); }

 private:
  std::shared_ptr<PageStream> page_;
};

PageStream::PageStream(const Service& service, PageForm form, std::string link, std::string address,
                       Handler::Answer answer)
    : service_(service),
      form_(form),
      link_(std::move(link)),
      address_(std::move(address)),
      answer_(std::move(answer)),
      rows_(service.references()) {}

PageStream::PageStream(const Service& service, ActionRows action, std::string link, std::string address,
                       Handler::Answer answer)
    : service_(service),
      form_(PageForm::flight),
      action_(std::move(action)),
      link_(std::move(link)),
      address_(std::move(address)),
      answer_(std::move(answer)),
      rows_(service.references()) {}

void PageStream::begin(app::Page page) {
  Response response;
  try {
    std::string rows = firstRows(page);
    report(page.fault);
    // An action's result, and a part that is still awaited when the head has gone, may hold what the session says.
    const bool mayRead = action_.has_value() || page.node.tape().parts();
    const bool isPrivate = !page.reads.empty() || (mayRead && service_.knowsClients());
    response = opened(page, std::move(rows));
    if (isPrivate) keepNowhere(response);
  } catch (const std::exception& error) {
    report(error.what());
    response = plainText(500, "the page failed");
  }
  answer(std::move(response));
}

void PageStream::refuse(int status, std::string_view why) {
  if (action_)
    begin(app::plainPage(status, {}));
  else
    answer(plainText(status, std::string(why)));
}

void PageStream::refuseUnknown() {
  answer(form_ == PageForm::document ? unknownSessionDocument(service_)
                                     : unknownSession("the server cannot tell just now who you are; it tries again"));
}

void PageStream::answer(Response response) { std::exchange(answer_, nullptr)(std::move(response)); }

// A page that cannot be sent gives way to one that says so.
std::string PageStream::firstRows(app::Page& page) {
  std::string rows;
  try {
    rows_.page(rows, page.node);
  } catch (const flight::EncodeError& error) {
    page = app::plainPage(500, page.fault.empty() ? error.what() : page.fault + "; " + error.what());
    rows_.page(rows, page.node);
  }
  if (action_) return action_->rows + rows + std::string(action_->envelope);
  return rows += flight::pageEnvelope;
}

Response PageStream::opened(const app::Page& page, std::string rows) {
  const bool isRedirect = !page.redirect.empty();
  if (isRedirect && form_ == PageForm::document) return redirection(page.status, page.redirect);
  expect(page.node);
  if (form_ == PageForm::flight) {
    // A fetch would follow a redirect by itself, and show its payload under the old address: the page tells it instead.
    const int status = action_ ? action_->status : isRedirect ? 200 : page.status;
    Response response = privateAnswer(status, flightType, std::move(rows));
    if (action_) addCookies(response, action_->cookies);
    return awaited_.empty() ? std::move(response) : withBody(std::move(response));
  }
  scripts_.emplace(service_.documentStyle());
  flight::DocumentHtml html = service_.document(page.node, rows, *scripts_);
  if (!awaited_.empty()) {
    closing_ = html.text.substr(html.bodyEnd);
    html.text.resize(html.bodyEnd);
  }
  Response response = documentAnswer(page.status, std::move(html.text), *scripts_);
  return awaited_.empty() ? std::move(response) : withBody(std::move(response));
}

Response PageStream::withBody(Response response) {
  unsent_ = std::exchange(response.body, {});
  // nginx would hold back what follows until its buffers are full.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = std::make_unique<Body>(shared_from_this());
  return response;
}

void PageStream::expect(const Node& node) {
  const detail::Parts* const parts = node.tape().parts();
  if (!parts) return;
  for (const detail::PartPtr& part : *parts)
    if (std::ranges::find(awaited_, part) == awaited_.end()) awaited_.push_back(part);
}

void PageStream::part(detail::PartPtr part) {
  ++progress_;
  if (part->done()) std::erase(awaited_, part);
  if (part->node()) expect(*part->node());
  ready_.push_back(std::move(part));
  if (onReady_) std::exchange(onReady_, nullptr)();
}

void PageStream::end(std::string_view fault) {
  report(fault);
  ended_ = true;
  for (detail::PartPtr& given : std::exchange(awaited_, {})) {
    given->fail();
    ready_.push_back(std::move(given));
  }
  if (onReady_) std::exchange(onReady_, nullptr)();
}

BodySource::State PageStream::read(std::string& out) {
  out += std::exchange(unsent_, {});
  std::string rows;
  for (const detail::PartPtr& part : std::exchange(ready_, {})) report(rows_.part(rows, *part));
  if (!rows.empty()) out += form_ == PageForm::flight ? rows : scripts_->more(rows);
  if (!ended_) return BodySource::State::waits;
  out += std::exchange(closing_, {});
  return BodySource::State::ended;
}

void PageStream::report(std::string_view fault) const {
  if (!fault.empty()) service_.log().error(fmt::format("{}: {}", link_, fault), {address_});
}

}  // namespace duramen::server
