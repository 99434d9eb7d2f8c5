#pragma once
// An app at work: its site, its objects and its groups on a number of loops. What a real server and a TestApp have in
// common; sockets are not known here.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/seals.h"
#include "duramen/site.h"
#include "objects/objects.h"
#include "realtime/groups.h"
#include "realtime/page_renderer.h"
#include "server/document.h"
#include "server/embedded_files.h"
#include "server/static_files.h"

namespace duramen::server {

struct ServiceOptions {
  realtime::GroupOptions groups;
  std::vector<std::string> allowedOrigins;
  std::string secret;  // at least 32 bytes; empty: one that ends with the process
  // Of each document; "{nonce}" in it is a random number that the document's own scripts carry. Empty: none.
  std::string contentSecurityPolicy;
  StaticFiles staticFiles;
};

class Service {
 public:
  // Opens the Env's namespaces in `objects`. REQUIRES: the loops and `objects` outlive it; the site's Env does.
  Service(std::unique_ptr<app::Site> site, std::vector<loop::Loop*> loops, objects::Objects& objects,
          ServiceOptions options, Log log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  app::Site& site() { return *site_; }
  realtime::Groups& groups() { return groups_; }
  realtime::PageRenderer& renderer() { return renderer_; }
  const flight::References& references() const { return references_; }
  const ServiceOptions& options() const { return options_; }
  const Log& log() const { return log_; }

  // The runtime, and the app's bundles.
  const EmbeddedFiles& embeddedFiles() const { return embeddedFiles_; }
  const DocumentStyle& documentStyle() const { return style_; }
  // The whole document around a page; `scripts` are what its body ends with.
  flight::DocumentHtml document(const Node& page, std::string_view scripts) const;

 private:
  std::unique_ptr<app::Site> site_;
  const ServiceOptions options_;
  const Seals seals_;
  const Log log_;
  realtime::SiteReferences references_;
  realtime::PageRenderer renderer_;
  const realtime::GroupEnvironment environment_;
  realtime::Groups groups_;
  EmbeddedFiles embeddedFiles_;
  DocumentStyle style_;
};

}  // namespace duramen::server
