#pragma once
// An app at work: its site, its objects and its groups on a number of loops. What a real server and a TestApp have in
// common; sockets are not known here.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "base/log.h"
#include "base/seals.h"
#include "duramen/site.h"
#include "objects/objects.h"
#include "realtime/groups.h"
#include "realtime/page_renderer.h"
#include "server/document.h"
#include "server/embedded_files.h"
#include "server/host_check.h"
#include "server/join_limits.h"
#include "server/static_files.h"
#include "server/trusted_proxies.h"

namespace duramen::server {

struct ServiceOptions {
  realtime::GroupOptions groups;
  std::vector<std::string> allowedOrigins;
  std::string secret;  // at least 32 bytes; empty: one that ends with the process
  HostCheck hosts;
  JoinLimitOptions joins;
  TrustedProxies proxies;
  // Of each document; "{nonce}" in it is a random number that the document's own scripts carry. Empty: none.
  std::string contentSecurityPolicy;
  bool securityHeaders = true;  // those of each document beside the policy
  StaticFiles staticFiles;
  // Of messages that come, requests that wait or run, and answers that are not sent, of all clients.
  std::size_t clientMemory = std::size_t{256} * 1024 * 1024;
  std::size_t viewMemory = std::size_t{512} * 1024 * 1024;  // of the pages of all keys
};

class Service {
 public:
  // Opens the Env's namespaces in `objects`. REQUIRES: the loops and `objects` outlive it; the site's Env does.
  Service(std::unique_ptr<app::Site> site, std::vector<loop::Loop*> loops, objects::Objects& objects,
          ServiceOptions options, Log log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  app::Site& site() { return *site_; }
  bool knowsClients() const { return site_->knowsClients(); }
  realtime::Groups& groups() { return groups_; }
  realtime::PageRenderer& renderer() { return renderer_; }
  // Of actions by POST, too.
  realtime::ActionCounts& actions() { return actions_; }
  const flight::References& references() const { return references_; }
  const ServiceOptions& options() const { return options_; }
  const Log& log() const { return log_; }
  JoinLimits& joins() { return joins_; }
  const ByteBudget& memory() const { return memory_; }
  const ByteBudget& viewMemory() const { return environment_.viewMemory; }
  // Whether the server is about to end. Any thread.
  bool draining() const { return draining_; }
  void setDraining() { draining_ = true; }

  // The runtime, and the app's bundles.
  const EmbeddedFiles& embeddedFiles() const { return embeddedFiles_; }
  const DocumentStyle& documentStyle() const { return style_; }
  // The whole document around a page and its first rows.
  // `posted`: a form of the page, which holds what was typed into it.
  flight::DocumentHtml document(const Node& page, std::string_view rows, const DocumentScripts& scripts,
                                const flight::PostedForm* posted = nullptr) const;
  // The document around what is no page of the app: the client's script is not in it.
  flight::DocumentHtml documentWithoutPage(const Node& text, std::string_view nonce) const;

 private:
  std::unique_ptr<app::Site> site_;
  const ServiceOptions options_;
  const Seals seals_;
  const Log log_;
  const ByteBudget memory_;
  realtime::SiteReferences references_;
  realtime::PageRenderer renderer_;
  realtime::ActionCounts actions_;
  const realtime::GroupEnvironment environment_;
  realtime::Groups groups_;
  JoinLimits joins_;
  std::atomic<bool> draining_ = false;
  EmbeddedFiles embeddedFiles_;
  DocumentStyle style_;
  std::string styleSheets_;  // what the head ends with where there is no page
};

}  // namespace duramen::server
