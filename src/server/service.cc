#include "server/service.h"

#include <boost/json.hpp>

#include "base/base64.h"
#include "flight/encode.h"
#include "server/runtime.h"

namespace duramen::server {
namespace {

// A JavaScript string literal that can stand in a script element.
void appendScriptString(std::string& out, std::string_view text) {
  const std::string quoted = boost::json::serialize(boost::json::string_view{text.data(), text.size()});
  std::string_view rest = quoted;
  for (std::size_t at = rest.find('<'); at != std::string_view::npos; at = rest.find('<')) {
    (out += rest.substr(0, at)) += "\\u003c";
    rest.remove_prefix(at + 1);
  }
  out += rest;
}

// Tells RedwoodSDK's client that the document holds nothing of its components, so that it shows them after hydration
// (docs/flight.md, B1).
constexpr std::string_view showsComponentsLater = R"(globalThis.__RWSDK_CONTEXT = {"rw":{"ssr":false}};)";

constexpr std::string_view nonceMark = "{nonce}";

void replaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

Service::Service(std::unique_ptr<app::Site> site, std::vector<loop::Loop*> loops, objects::Objects& objects,
                 ServiceOptions options, Log log)
    : site_(std::move(site)),
      options_(std::move(options)),
      seals_(options_.secret.empty() ? Seals::random() : Seals{options_.secret}),
      log_(std::move(log)),
      references_(*site_, seals_),
      renderer_(*site_, references_),
      environment_{*site_, renderer_, references_, options_.groups, log_},
      groups_(std::move(loops), environment_),
      entryUrl_(runtime().entryUrl) {
  site_->open(objects, groups_, seals_);
  const auto add = [this](const ClientBundle& bundle) {
    for (const ClientFile& file : bundle.files) files_.emplace(file.url, &file);
    for (const std::string_view style : bundle.styles)
      headEnd_ += "<link rel=\"stylesheet\" href=\"" + std::string(style) + "\"/>";
    if (!bundle.entry.empty()) entryUrl_ = bundle.entry;
    if (bundle.imports == ImportForm::async) beforeData_ = showsComponentsLater;
  };
  add(runtime().bundle);
  for (const ClientBundle* bundle : site_->bundles()) add(*bundle);
  headEnd_ += "<link rel=\"modulepreload\" href=\"" + std::string(entryUrl_) + "\"/>";
}

const ClientFile* Service::file(std::string_view url) const {
  const auto at = files_.find(url);
  return at == files_.end() ? nullptr : at->second;
}

Document Service::document(const Node& page, std::string_view payload) const {
  Document document{.html = {}, .contentSecurityPolicy = options_.contentSecurityPolicy};
  std::string script = "<script>";
  if (document.contentSecurityPolicy.find(nonceMark) != std::string::npos) {
    const std::string nonce = toBase64(randomBytes(16));
    script = "<script nonce=\"" + nonce + "\">";
    replaceAll(document.contentSecurityPolicy, nonceMark, nonce);
  }
  // The data comes first: the entry hydrates nothing if it runs before any data is there.
  std::string bodyEnd = script + beforeData_ + "(self.__FLIGHT_DATA||=[]).push(";
  appendScriptString(bodyEnd, payload);
  bodyEnd += ")</script>";
  script.pop_back();
  bodyEnd += script + " type=\"module\" src=\"";
  bodyEnd += entryUrl_;
  bodyEnd += "\"></script>";
  document.html = flight::renderDocument(site_->document(), flight::renderHtml(page, &references_), headEnd_, bodyEnd);
  return document;
}

}  // namespace duramen::server
