#include "server/service.h"

#include "flight/encode.h"
#include "server/runtime.h"

namespace duramen::server {
namespace {

// Tells RedwoodSDK's client that the document holds nothing of its components, so that it shows them after hydration
// (docs/flight.md, B1).
constexpr std::string_view showsComponentsLater = R"(globalThis.__RWSDK_CONTEXT = {"rw":{"ssr":false}};)";

// The build of React that the documents' entry loads.
bool isDevelopment(const app::Site& site) {
  bool is = runtime().bundle.isDevelopment;
  for (const ClientBundle* const bundle : site.bundles())
    if (!bundle->entry.empty()) is = bundle->isDevelopment;
  return is;
}

// React's development build makes functions of text, so that the stacks of the server's components can be shown.
std::string withEval(std::string policy) {
  constexpr std::string_view scripts = "script-src ";
  const std::size_t at = policy.find(scripts);
  if (at != std::string::npos) policy.insert(at + scripts.size(), "'unsafe-eval' ");
  return policy;
}

}  // namespace

Service::Service(std::unique_ptr<app::Site> site, std::vector<loop::Loop*> loops, objects::Objects& objects,
                 ServiceOptions options, Log log)
    : site_(std::move(site)),
      options_(std::move(options)),
      seals_(options_.secret.empty() ? Seals::random() : Seals{options_.secret}),
      log_(std::move(log)),
      memory_(options_.clientMemory),
      references_(*site_, seals_, isDevelopment(*site_), runtime().bundle.modules),
      renderer_(*site_, references_),
      environment_{*site_, renderer_, references_, options_.groups,
                   log_,   actions_,  memory_,     ByteBudget{options_.viewMemory}},
      groups_(std::move(loops), environment_),
      joins_(options_.joins),
      style_{.headEnd = {},
             .beforeData = {},
             .entryUrl = std::string(runtime().entryUrl),
             .contentSecurityPolicy = references_.forDevelopment() ? withEval(options_.contentSecurityPolicy)
                                                                   : options_.contentSecurityPolicy,
             .securityHeaders = options_.securityHeaders} {
  site_->open(objects, groups_, seals_);
  const auto add = [this](const ClientBundle& bundle) {
    embeddedFiles_.add(bundle.files);
    for (const std::string_view style : bundle.styles)
      style_.headEnd += "<link rel=\"stylesheet\" href=\"" + std::string(style) + "\"/>";
    if (!bundle.entry.empty()) style_.entryUrl = bundle.entry;
    if (bundle.imports == ImportForm::async) style_.beforeData = showsComponentsLater;
  };
  add(runtime().bundle);
  for (const ClientBundle* bundle : site_->bundles()) add(*bundle);
  styleSheets_ = style_.headEnd;
  // Its pages may show what is private to one person: where the browser keeps one in its history, it is hidden.
  if (site_->knowsClients()) style_.headEnd += "<meta name=\"duramen-session\" content=\"\"/>";
  style_.headEnd += "<link rel=\"modulepreload\" href=\"" + style_.entryUrl + "\"/>";
}

flight::DocumentHtml Service::document(const Node& page, std::string_view rows, const DocumentScripts& scripts,
                                       const flight::PostedForm* posted) const {
  const std::string bodyEnd = scripts.first(rows);
  return flight::renderDocument(site_->document(), flight::renderHtml(page, &references_, posted),
                                {.headEnd = style_.headEnd, .bodyEnd = bodyEnd, .nonce = scripts.nonce()});
}

flight::DocumentHtml Service::documentWithoutPage(const Node& text, std::string_view nonce) const {
  return flight::renderDocument(site_->document(), flight::renderHtml(text, &references_, nullptr),
                                {.headEnd = styleSheets_, .bodyEnd = {}, .nonce = nonce});
}

}  // namespace duramen::server
