#pragma once
// One view of a group: a link, and the values that its render read of the client. It renders in one pass at a time;
// marks that come during a pass cost one more pass together (R3). Owned by a Views table, on the group's loop.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/log.h"
#include "base/task_set.h"
#include "loop/loop.h"
#include "realtime/client.h"
#include "realtime/renderer.h"

namespace duramen::realtime {

struct PassLimits {
  loop::Duration deadline = std::chrono::seconds{5};
  unsigned maxPerSecond = 30;  // starts of one view's passes
};

// Told by a view, on its loop. Either may retire the view (Views::retire), never destroy it.
class PassListener {
 public:
  virtual ~PassListener() = default;
  virtual std::uint64_t nextVersion() = 0;
  virtual void passed(View& view, Rendered rendered) = 0;
  // The pass took longer than its deadline, or its page threw; it will be tried again, later each time.
  virtual void missed(View& view, std::string_view why) = 0;
  // Where a pass that holds up its loop is told of.
  virtual const Log& log() const = 0;
};

class View {
 public:
  View(std::string link, detail::IdentityPtr representative, loop::Loop& loop, Renderer& renderer,
       const PassLimits& limits, PassListener& listener, const ByteBudget& memory)
      : link_(std::move(link)),
        representative_(std::move(representative)),
        loop_(loop),
        renderer_(renderer),
        limits_(limits),
        listener_(listener),
        memory_(memory) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  const std::string& link() const { return link_; }
  // Whose values the renders read. Kept when that client goes.
  const detail::IdentityPtr& representative() const { return representative_; }

  // Something that the page shows may have changed.
  void mark();
  // Goes on after a pass that found no memory.
  void resume();
  // Whether the page is older than the last mark.
  bool stale() const { return dirty_ || pass_ != nullptr; }
  // Whether its last pass missed: the next one may be long in coming.
  bool troubled() const { return misses_ > 0; }

  // What all its clients show, or are about to; null before the first pass has ended.
  const RenderedPtr& page() const { return page_; }
  std::uint64_t passVersion() const { return passVersion_; }  // of the last pass that ended
  // Takes a render as the page; whether it differs from the one before.
  bool show(Rendered rendered);
  // The page as a push: encoded once for all who have it at the same time, and counted while somebody has it.
  SharedFrame frame();

  // Renders no more, and tells its listener nothing more: both may go before it does.
  void end();

  const std::vector<Client*>& clients() const { return clients_; }
  void attach(Client& client);
  void detach(Client& client);

 private:
  void schedule();
  void begin();
  void start();
  Task<void> pass(std::uint64_t version);
  void ended(std::uint64_t version, Rendered rendered);
  void miss(std::string_view why);
  void lose();

  std::string link_;
  detail::IdentityPtr representative_;
  loop::Loop& loop_;
  Renderer& renderer_;
  const PassLimits& limits_;
  PassListener& listener_;
  const ByteBudget memory_;

  RenderedPtr page_;
  std::weak_ptr<const std::string> frame_;
  std::uint64_t passVersion_ = 0;
  std::vector<Client*> clients_;

  bool dirty_ = false;
  unsigned misses_ = 0;          // in a row
  loop::TimePoint paidUntil_{};  // passes begun so far have used their share up to here
  loop::Timer start_, deadline_;
  bool startPosted_ = false;
  bool isLost_ = false;  // the pass
  // For posted work, which nothing cancels; null when the view has ended.
  std::shared_ptr<const View*> alive_ = std::make_shared<const View*>(this);
  std::unique_ptr<TaskSet> pass_;  // the running one
};

}  // namespace duramen::realtime
