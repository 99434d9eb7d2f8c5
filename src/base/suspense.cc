#include "duramen/suspense.h"

#include <exception>
#include <list>
#include <stdexcept>

#include "base/spliced.h"
#include "base/wake.h"

namespace duramen::detail {

Node pending(PartPtr part) {
  Tape tape;
  tape.putPending(std::move(part));
  return Node{std::move(tape)};
}

Node suspended(const Node& fallback, const Node& children) {
  Tape tape;
  const std::uint32_t start = tape.openNamed(NamedKind::symbol, "react.suspense");
  tape.put(Op::object, std::uint32_t{2});
  tape.putField("fallback");
  tape.append(fallback.tape());
  tape.putField("children");
  tape.append(children.tape());
  tape.closeNamed(start);
  return Node{std::move(tape)};
}

namespace {

// A stream that is there whole, as it stands on a tape.
class WholeStream {
 public:
  WholeStream() { tape_.put(Op::stream, StreamKind::iterable, std::uint32_t{}); }
  void add(const Node& chunk) {
    if (chunk.tape().size() > maxBytes - tape_.size()) throw std::length_error("a stream gives more than 64 MiB");
    tape_.append(chunk.tape());
    tape_.patch(2, ++count_);
  }
  Node ended() {
    tape_.put(Op::undefined);
    return Node{std::move(tape_)};
  }
  Node failed() {
    tape_.putText(Op::failed, {});
    return Node{std::move(tape_)};
  }

 private:
  static constexpr std::uint32_t maxBytes = 64 * 1024 * 1024;
  Tape tape_;
  std::uint32_t count_ = 0;
};

// The parts of one node, started one after another; each runs until it first waits. Then `begun` is called, if there
// is somebody who can show what is not whole.
class AwaitParts {
 public:
  AwaitParts(const Parts& parts, std::string& fault, const Showing* showing = nullptr, Work begun = {})
      : parts_(parts), fault_(fault), showing_(showing), begun_(std::move(begun)) {}
  AwaitParts(const AwaitParts&) = delete;
  AwaitParts& operator=(const AwaitParts&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  bool await_suspend(std::coroutine_handle<Waiter> waiter) {
    state_.waiter = waiter;
    state_.left = parts_.size() + 1;
    for (const PartPtr& part : parts_) {
      if (part->begun()) {  // a node that stands in the page more than once
        --state_.left;
        continue;
      }
      auto& task = tasks_.emplace_back(part->isStream() ? flow(part, fault_, showing_, state_)
                                                        : run(part, fault_, showing_, state_));
      task.start(*waiter.promise().scope);
    }
    if (begun_) begun_();
    return --state_.left > 0;
  }
  void await_resume() const noexcept {}

 private:
  static Task<void> run(PartPtr part, std::string& fault, const Showing* showing, AllState& state) {
    try {
      Task<Node> task = part->take();
      Node node = co_await std::move(task);
      if (showing && node.tape().parts()) {
        Work begun = [&] { finish(part, spliced(node, true), showing); };
        co_await AwaitParts{*node.tape().parts(), fault, showing, std::move(begun)};
      } else {
        Task<Node> whole = finished(std::move(node), fault);
        Node done = co_await std::move(whole);
        finish(part, std::move(done), showing);
      }
    } catch (const std::exception& error) {
      noteFault(fault, error.what());
      fail(part, showing);
    } catch (...) {
      noteFault(fault, unknownFault);
      fail(part, showing);
    }
    co_await OneIsDone{state};
  }
  // A stream. Where a page is shown before it is whole, so is each stream, however fast it comes.
  static Task<void> flow(PartPtr part, std::string& fault, const Showing* showing, AllState& state) {
    const std::unique_ptr<Chunks> chunks = part->takeChunks();
    Scope& scope = co_await CurrentScope{};
    Wake taken{*scope.executor};
    WholeStream whole;
    try {
      if (showing) {
        taken.work()();
        co_await taken;  // until whatever names it has been shown
      }
      for (;;) {
        Task<std::optional<Node>> next = chunks->next();
        std::optional<Node> given = co_await std::move(next);
        if (!given) break;
        Task<Node> finishing = finished(std::move(*given), fault);
        Node chunk = co_await std::move(finishing);
        if (!showing) {
          whole.add(chunk);
          continue;
        }
        part->give(std::move(chunk), taken.work());
        showing->part(part);
        co_await taken;
      }
      finish(part, whole.ended(), showing);
    } catch (const std::exception& error) {
      noteFault(fault, error.what());
      endFailed(part, whole, showing);
    } catch (...) {
      noteFault(fault, unknownFault);
      endFailed(part, whole, showing);
    }
    co_await OneIsDone{state};
  }
  static void endFailed(const PartPtr& part, WholeStream& whole, const Showing* showing) {
    if (!showing) return part->finish(whole.failed());
    part->fail();
    showing->part(part);
  }
  static void finish(const PartPtr& part, Node node, const Showing* showing) {
    part->finish(std::move(node));
    if (part->isLate()) showing->part(part);
  }
  static constexpr std::string_view unknownFault = "an exception of an unknown type";
  static void noteFault(std::string& fault, std::string_view what) {
    if (!fault.empty()) fault += "; ";
    (fault += "a part of the page: ") += what;
  }
  static void fail(const PartPtr& part, const Showing* showing) {
    part->fail();
    if (part->isLate()) showing->part(part);
  }

  const Parts& parts_;
  std::string& fault_;
  const Showing* const showing_;
  Work begun_;
  AllState state_;
  std::list<Task<void>> tasks_;
};

}  // namespace

Task<Node> finished(Node node, std::string& fault) {
  if (!node.tape().parts()) co_return node;
  co_await AwaitParts{*node.tape().parts(), fault};
  co_return spliced(node, false);
}

Task<void> shown(Node node, const Showing& showing, std::string& fault) {
  if (!node.tape().parts()) {
    showing.page(std::move(node));
    co_return;
  }
  Work begun = [&] { showing.page(spliced(node, true)); };
  co_await AwaitParts{*node.tape().parts(), fault, &showing, std::move(begun)};
}

}  // namespace duramen::detail
