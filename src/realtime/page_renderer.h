#pragma once
// Renders views by calling the app's C++ pages.

#include <atomic>

#include "base/seals.h"
#include "duramen/site.h"
#include "flight/encode.h"
#include "realtime/renderer.h"

namespace duramen::realtime {

// What the encoder must know of a site: its actions, the modules of its bundles, and the browser's React.
class SiteReferences final : public flight::References {
 public:
  // `runtime`: the library's own modules. REQUIRES: all outlive it.
  SiteReferences(const app::Site& site, const Seals& seals, bool forDevelopment,
                 std::span<const ClientModuleUrl> runtime = {})
      : site_(site), seals_(seals), forDevelopment_(forDevelopment), runtime_(runtime) {}
  std::optional<std::string_view> moduleUrl(std::string_view moduleId) const override;
  bool hasAction(std::string_view name) const override { return site_.hasAction(name); }
  std::string seal(std::string_view action, std::uint32_t position, std::string_view text) const override {
    return seals_.seal(action, position, text);
  }
  bool forDevelopment() const override { return forDevelopment_; }

 private:
  const app::Site& site_;
  const Seals& seals_;
  const bool forDevelopment_;
  const std::span<const ClientModuleUrl> runtime_;
};

class PageRenderer final : public Renderer {
 public:
  // REQUIRES: both outlive it.
  PageRenderer(app::Site& site, const flight::References& references) : site_(site), references_(references) {}
  Task<Rendered> render(std::string link, detail::IdentityPtr who, RenderedPtr last) override;
  // A page of one client alone: nothing of it is compared, nor is it known what it depends on.
  Task<std::string> stream(std::string link, detail::IdentityPtr who, app::PageSink& sink) {
    renders_.fetch_add(1, std::memory_order_relaxed);
    return site_.stream(std::move(link), std::move(who), sink);
  }
  Task<Verdict> mayView(std::string link, detail::IdentityPtr who) override {
    return site_.mayView(std::move(link), std::move(who));
  }

  // How many renders began. Any thread.
  std::size_t renders() const { return renders_.load(std::memory_order_relaxed); }

 private:
  app::Site& site_;
  const flight::References& references_;
  std::atomic<std::size_t> renders_ = 0;
};

}  // namespace duramen::realtime
