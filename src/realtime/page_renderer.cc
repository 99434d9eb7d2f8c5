#include "realtime/page_renderer.h"

#include <algorithm>

#include "duramen/site_of.h"

namespace duramen::realtime {
namespace {

class Dependencies final : public Tracker {
 public:
  explicit Dependencies(Scope& scope) : scope_(scope) { scope_.tracker = this; }
  ~Dependencies() override { scope_.tracker = nullptr; }
  Dependencies(const Dependencies&) = delete;
  Dependencies& operator=(const Dependencies&) = delete;

  void reads(const ObjectId& object) override {
    const auto at = std::ranges::lower_bound(objects_, object);
    if (at == objects_.end() || *at != object) objects_.insert(at, object);
  }
  std::vector<ObjectId> take() { return std::move(objects_); }

 private:
  Scope& scope_;
  std::vector<ObjectId> objects_;
};

}  // namespace

std::optional<std::string_view> SiteReferences::moduleUrl(std::string_view moduleId) const {
  for (const ClientBundle* bundle : site_.bundles())
    for (const ClientModuleUrl& module : bundle->modules)
      if (module.id == moduleId) return bundle->imports == ImportForm::async ? std::string_view{} : module.url;
  for (const ClientModuleUrl& module : runtime_)
    if (module.id == moduleId) return module.url;
  return std::nullopt;
}

Task<Rendered> PageRenderer::render(std::string link, detail::IdentityPtr who, RenderedPtr last) {
  Scope& scope = co_await detail::CurrentScope{};
  Dependencies dependencies{scope};
  renders_.fetch_add(1, std::memory_order_relaxed);
  app::Page page = co_await site_.page(std::move(link), std::move(who), nullptr);

  Rendered rendered;
  rendered.status = page.status;
  rendered.reads = std::move(page.reads);
  rendered.fault = std::move(page.fault);
  rendered.redirect = std::move(page.redirect);
  rendered.dependencies = dependencies.take();
  if (last && last->node && *last->node == page.node) {
    rendered.bytes = last->bytes;
    rendered.node = last->node;
    co_return rendered;
  }
  std::string bytes;
  try {
    flight::appendPage(bytes, page.node, references_);
  } catch (const flight::EncodeError& error) {
    bytes.clear();
    page = app::plainPage(500, error.what());
    rendered.status = page.status;
    rendered.fault = std::move(page.fault);
    flight::appendPage(bytes, page.node, references_);
  }
  bytes.shrink_to_fit();  // it stays for as long as somebody looks at it
  rendered.bytes = std::make_shared<const std::string>(std::move(bytes));
  rendered.node = std::make_shared<const Node>(std::move(page.node));
  co_return rendered;
}

}  // namespace duramen::realtime
