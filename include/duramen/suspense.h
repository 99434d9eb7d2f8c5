#pragma once
// <Suspense> and parts of a page that come later: none waits for another, and none takes the page with it.
//
//   html::main(html::h1("Order"), duramen::Suspense{.fallback = html::p("…")}(priceOf(ctx, order)))
//
// where priceOf is a Task<Node>. The parts of a page are run side by side, when the page itself has been built. The
// first response shows what is there, with the fallbacks of the parts that still wait, and each part follows when it is
// ready; a page that is pushed has all its parts. A part that throws shows its fallback, and the fault is logged.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "duramen/node.h"
#include "duramen/task.h"

namespace duramen {
namespace detail {

// Values that come one after another (stream.h).
class Chunks {
 public:
  virtual ~Chunks() = default;
  // The next one; nothing at the end. REQUIRES: the task before has ended, with a value.
  virtual Task<std::optional<Node>> next() = 0;
};

// Run once, by whoever renders the page; then its result is read. A stream's result is the whole stream; of one that is
// late its chunks are read as they come.
class Part : public std::enable_shared_from_this<Part> {
 public:
  // `fallback` takes its place if it fails; without one it is an error in the browser.
  explicit Part(Task<Node> task, std::optional<Node> fallback = std::nullopt)
      : task_(std::move(task)), fallback_(std::move(fallback)) {}
  explicit Part(std::unique_ptr<Chunks> chunks) : chunks_(std::move(chunks)), isStream_(true) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  bool isStream() const { return isStream_; }
  // REQUIRES: once, of a part that is no stream.
  Task<Node> take() {
    Task<Node> task = std::move(*task_);
    task_.reset();
    return task;
  }
  // REQUIRES: once, of a stream.
  std::unique_ptr<Chunks> takeChunks() { return std::move(chunks_); }
  bool begun() const { return !task_ && !chunks_; }
  void finish(Node node) { node_ = std::move(node); }
  void fail() {
    if (done()) return;
    node_ = std::move(fallback_);
    failed_ = !node_;
  }
  bool done() const { return node_ || failed_; }
  // Null if it failed, or is not done.
  const Node* node() const { return node_ ? &*node_ : nullptr; }
  // The page went on without it: it is sent by itself.
  bool isLate() const { return late_; }
  void setLate() { late_ = true; }

  // A late stream's next chunk. `onTaken` is called once, when it has been taken.
  void give(Node chunk, Work onTaken) {
    given_ = std::move(chunk);
    onTaken_ = std::move(onTaken);
  }
  std::optional<Node> takeGiven() {
    if (onTaken_) std::exchange(onTaken_, nullptr)();
    return std::exchange(given_, std::nullopt);
  }

 private:
  std::optional<Task<Node>> task_;
  std::unique_ptr<Chunks> chunks_;
  const bool isStream_ = false;
  std::optional<Node> given_;
  Work onTaken_;
  std::optional<Node> fallback_;
  std::optional<Node> node_;
  bool failed_ = false;
  bool late_ = false;
};
using PartPtr = std::shared_ptr<Part>;

Node suspended(const Node& fallback, const Node& children);
Node pending(PartPtr part);

// Runs all parts of `node`, and theirs, side by side in the waiter's scope, and gives it with each part in its place.
// What a part threw is added to `fault`. REQUIRES: `fault` outlives the task.
Task<Node> finished(Node node, std::string& fault);

// The same, but for whoever can show a page whose parts are still awaited. Neither may throw.
struct Showing {
  // Once, when each part has run until it first waits: those that are done stand in their places.
  std::function<void(Node page)> page;
  // A part that came later; after whatever names it. It may name others. Of a stream: again for each of its chunks, and
  // at its end; the next chunk comes when this one has been taken.
  std::function<void(PartPtr part)> part;
};
// REQUIRES: both outlive the task.
Task<void> shown(Node node, const Showing& showing, std::string& fault);

}  // namespace detail

// REQUIRES of a Task: what it borrows, such as the Context, lives as long as the page's; its other parameters are
// values.
struct Suspense {
  Node fallback;

  Node operator()(Task<Node> later) const {
    return detail::suspended(fallback, detail::pending(std::make_shared<detail::Part>(std::move(later), fallback)));
  }
  template <class... Children>
    requires(sizeof...(Children) != 1 || !(detail::isTask<std::remove_cvref_t<Children>> && ...))
  Node operator()(Children&&... children) const {
    detail::Tape all;
    if constexpr (sizeof...(Children) != 1) all.put(detail::Op::array, std::uint32_t{sizeof...(Children)});
    (detail::appendChild(all, std::forward<Children>(children)), ...);
    return detail::suspended(fallback, Node{std::move(all)});
  }
};

}  // namespace duramen
