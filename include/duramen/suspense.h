#pragma once
// <Suspense> and parts of a page that come later: none waits for another, and none takes the page with it.
//
//   html::main(html::h1("Order"), duramen::Suspense{.fallback = html::p("…")}(priceOf(ctx, order)))
//
// where priceOf is a Task<Node>. The parts of a page are run side by side, when the page itself has been built, and the
// page is sent when all of it is there. A part that throws shows its fallback, and the fault is logged.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "duramen/node.h"
#include "duramen/task.h"

namespace duramen {
namespace detail {

// Run once, by whoever renders the page; then its result is read.
class Part {
 public:
  explicit Part(Task<Node> task) : task_(std::move(task)) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  // REQUIRES: once.
  Task<Node> take() { return std::move(*task_); }
  void finish(Node node) { node_ = std::move(node); }
  void fail() { failed_ = true; }
  bool done() const { return node_ || failed_; }
  // Null if it failed, or is not done.
  const Node* node() const { return node_ ? &*node_ : nullptr; }

 private:
  std::optional<Task<Node>> task_;
  std::optional<Node> node_;
  bool failed_ = false;
};

Node suspended(const Node& fallback, const Node& children);
Node pending(std::shared_ptr<Part> part);

// Runs all parts of `node`, and theirs, side by side in the waiter's scope, and gives it with each part in its place.
// What a part threw is added to `fault`. REQUIRES: `fault` outlives the task.
Task<Node> finished(Node node, std::string& fault);

}  // namespace detail

// REQUIRES of a Task: what it borrows, such as the Context, lives as long as the page's; its other parameters are
// values.
struct Suspense {
  Node fallback;

  Node operator()(Task<Node> later) const {
    return detail::suspended(fallback, detail::pending(std::make_shared<detail::Part>(std::move(later))));
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
