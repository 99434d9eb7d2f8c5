#include "realtime/view.h"

#include <algorithm>

#include "base/found_memory.h"
#include "flight/encode.h"
#include "loop/stopwatch.h"

namespace duramen::realtime {
namespace {

constexpr loop::Duration longestRetry = std::chrono::seconds{30};

// The rate of a view's passes: a few may begin at once, so that a change now and then never waits; in any second no
// more than `maxPerSecond` begin.
struct Rate {
  explicit Rate(unsigned maxPerSecond) {
    const unsigned most = std::max(maxPerSecond, 1U);
    burst = most > 8 ? 4 : 1;
    share = std::chrono::duration_cast<loop::Duration>(std::chrono::seconds{1}) / (burst > 1 ? most - burst : most);
  }
  unsigned burst = 1;
  loop::Duration share{};
};

}  // namespace

void View::mark() {
  dirty_ = true;
  schedule();
}

void View::schedule() {
  if (!alive_ || !dirty_ || pass_ || start_ || startPosted_) return;
  const Rate rate{limits_.maxPerSecond};
  const loop::Duration early = paidUntil_ - loop_.now() - (rate.burst - 1) * rate.share;
  if (early > loop::Duration::zero()) {
    start_ = loop_.after(early, [this] {
      start_.reset();
      begin();
    });
    return;
  }
  // Never at once: marks that are made together cost one pass.
  startPosted_ = foundMemory([this] {
    loop_.post([this, alive = std::weak_ptr{alive_}] {
      if (alive.expired()) return;
      startPosted_ = false;
      if (!pass_ && !start_) begin();
    });
  });
  if (!startPosted_) loop_.noteScarcity();
}

void View::begin() {
  try {
    start();
  } catch (const std::bad_alloc&) {
    lose();
  }
}

// The pass, for want of memory. It may be on the stack, so that it goes later.
void View::lose() {
  isLost_ = dirty_ = true;
  loop_.noteScarcity();
}

void View::resume() {
  if (std::exchange(isLost_, false)) {
    deadline_.reset();
    pass_.reset();
  }
  schedule();
}

void View::start() {
  paidUntil_ = std::max(paidUntil_, loop_.now()) + Rate{limits_.maxPerSecond}.share;
  dirty_ = false;
  deadline_ = loop_.after(limits_.deadline, [this] {
    pass_.reset();
    miss("took longer than its deadline");
  });
  pass_ = std::make_unique<TaskSet>(loop_);
  const loop::Stopwatch watching{listener_.log(), [link = link_] { return "the page " + link; }};
  pass_->spawn(pass(listener_.nextVersion()));
}

Task<void> View::pass(std::uint64_t version) {
  bool found = true;
  try {
    Rendered rendered = co_await renderer_.render(link_, representative_, page_);
    ended(version, std::move(rendered));
  } catch (const std::bad_alloc&) {
    found = false;
  }
  if (found || !alive_) co_return;
  lose();
}

void View::ended(std::uint64_t version, Rendered rendered) {
  deadline_.reset();
  passVersion_ = version;
  // The set owns this very frame: it goes when the frame has ended.
  loop_.post([ended = std::shared_ptr<TaskSet>(std::move(pass_))] {});
  if (!rendered.fault.empty() && page_) {
    miss(rendered.fault);
  } else {
    misses_ = 0;
    listener_.passed(*this, std::move(rendered));
    schedule();
  }
}

void View::miss(std::string_view why) {
  deadline_.reset();
  dirty_ = true;
  const loop::Duration wait =
      std::min<loop::Duration>(std::chrono::seconds{1 << std::min(misses_++, 5U)}, longestRetry);
  start_ = loop_.after(wait, [this] {
    start_.reset();
    begin();
  });
  static_cast<void>(foundMemory([&] { listener_.missed(*this, why); }));  // it is tried again
}

void View::end() {
  alive_.reset();
  start_.reset();
  deadline_.reset();
  pass_.reset();
}

bool View::show(Rendered rendered) {
  const bool changed = !page_ || page_->status != rendered.status ||
                       (page_->bytes != rendered.bytes && *page_->bytes != *rendered.bytes);
  if (!changed)
    rendered.bytes = page_->bytes;
  else
    frame_.reset();
  page_ = std::make_shared<const Rendered>(std::move(rendered));
  return changed;
}

SharedFrame View::frame() {
  struct Counted {
    std::string bytes;
    ByteBudget::Place place;
  };
  if (SharedFrame known = frame_.lock()) return known;
  std::string payload;
  payload.reserve(page_->bytes->size() + flight::pageEnvelope.size());
  (payload += *page_->bytes) += flight::pageEnvelope;
  auto counted = std::make_shared<Counted>(
      wire::pageFrames(static_cast<std::uint16_t>(page_->status), wire::streamId(passVersion_), payload),
      ByteBudget::Place{memory_});
  counted->place.force(counted->bytes.capacity());
  SharedFrame frame{counted, &counted->bytes};
  frame_ = frame;
  return frame;
}

void View::attach(Client& client) {
  clients_.push_back(&client);
  client.view = this;
  client.indexInView = clients_.size() - 1;
}

void View::detach(Client& client) {
  clients_[client.indexInView] = clients_.back();
  clients_[client.indexInView]->indexInView = client.indexInView;
  clients_.pop_back();
  client.view = nullptr;
}

}  // namespace duramen::realtime
