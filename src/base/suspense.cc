#include "duramen/suspense.h"

#include <exception>
#include <list>

namespace duramen::detail {
namespace {

// Copies a tape, with the results of parts in the places of the parts. What says how many bytes follow is counted anew.
class Splicer {
 public:
  explicit Splicer(Tape& out) : out_(out) {}

  void value(TapeReader& tape) {
    const char* const start = tape.position();
    switch (tape.next()) {
      case Op::pending:
        return part(*tape.get<Part*>());
      case Op::element:
        return element(tape, start);
      case Op::list:
        return sized(tape, start, 9, [&](TapeReader& inside, const char* end) { values(inside, end); });
      case Op::component:
        return sized(tape, start, 13, [&](TapeReader& inside, const char* end) { values(inside, end); });
      case Op::named:
        return named(tape, start);
      case Op::array:
      case Op::set:
      case Op::iterator:
        return counted(tape, start, 1);
      case Op::map:
        return counted(tape, start, 2);
      case Op::object:
        return object(tape, start);
      case Op::promise:
      case Op::lazy:
        copy(start, tape);
        return value(tape);
      case Op::key:
        tape.text();
        return copy(start, tape);
      case Op::attribute:
        tape.get<std::uint8_t>();
        copy(start, tape);
        return value(tape);
      case Op::custom:
        tape.shortText();
        copy(start, tape);
        return value(tape);
      default:
        tape = TapeReader{start, nullptr};
        tape.skip();
        copy(start, tape);
    }
  }

 private:
  void copy(const char* from, const TapeReader& to) {
    out_.append(from, static_cast<std::size_t>(to.position() - from));
  }
  void values(TapeReader& tape, const char* end) {
    while (tape.position() != end) value(tape);
  }

  // A result may have parts of its own.
  void part(const Part& part) {
    if (!part.node()) {
      out_.put(Op::lazy);
      return out_.putText(Op::failed, {});
    }
    TapeReader result{part.node()->tape()};
    value(result);
  }

  // Of what has `headerSize` bytes before its contents, the last four of them their size.
  template <class Inside>
  void sized(TapeReader& tape, const char* start, std::size_t headerSize, Inside inside) {
    TapeReader header{start + headerSize - sizeof(std::uint32_t), nullptr};
    const auto size = header.get<std::uint32_t>();
    const std::uint32_t sizeAt = out_.size() + static_cast<std::uint32_t>(headerSize - sizeof(std::uint32_t));
    out_.append(start, headerSize);
    const std::uint32_t before = out_.size();
    TapeReader contents{start + headerSize, start + headerSize + size};
    inside(contents, start + headerSize + size);
    out_.patch(sizeAt, out_.size() - before);
    tape = TapeReader{start + headerSize + size, nullptr};
  }

  void element(TapeReader& tape, const char* start) {
    sized(tape, start, 11, [&](TapeReader& inside, const char* end) { values(inside, end); });
  }

  void named(TapeReader& tape, const char* start) {
    sized(tape, start, 5, [&](TapeReader& inside, const char* end) {
      const char* const name = inside.position();
      inside.get<NamedKind>();
      inside.shortText();
      copy(name, inside);
      values(inside, end);
    });
  }

  void counted(TapeReader& tape, const char* start, std::uint64_t each) {
    const std::uint64_t count = each * tape.get<std::uint32_t>();
    copy(start, tape);
    for (std::uint64_t left = count; left; --left) value(tape);
  }

  void object(TapeReader& tape, const char* start) {
    auto left = tape.get<std::uint32_t>();
    copy(start, tape);
    for (; left; --left) {
      const char* const field = tape.position();
      tape.next();
      tape.shortText();
      copy(field, tape);
      value(tape);
    }
  }

  Tape& out_;
};

}  // namespace

Node pending(std::shared_ptr<Part> part) {
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

// The parts of one node, started one after another; each runs until it first waits.
class AwaitParts {
 public:
  AwaitParts(const Parts& parts, std::string& fault) : parts_(parts), fault_(fault) {}
  AwaitParts(const AwaitParts&) = delete;
  AwaitParts& operator=(const AwaitParts&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class Waiter>
  bool await_suspend(std::coroutine_handle<Waiter> waiter) {
    state_.waiter = waiter;
    state_.left = parts_.size() + 1;
    for (const std::shared_ptr<Part>& part : parts_) tasks_.emplace_back(run(part, fault_, state_));
    for (Task<void>& task : tasks_) task.start(*waiter.promise().scope);
    return --state_.left > 0;
  }
  void await_resume() const noexcept {}

 private:
  static Task<void> run(std::shared_ptr<Part> part, std::string& fault, AllState& state) {
    try {
      Task<Node> task = part->take();
      Node node = co_await std::move(task);
      Task<Node> whole = finished(std::move(node), fault);
      Node done = co_await std::move(whole);
      part->finish(std::move(done));
    } catch (const std::exception& error) {
      note(fault, error.what());
      part->fail();
    } catch (...) {
      note(fault, "an exception of an unknown type");
      part->fail();
    }
    co_await OneIsDone{state};
  }
  static void note(std::string& fault, std::string_view what) {
    if (!fault.empty()) fault += "; ";
    (fault += "a part of the page: ") += what;
  }

  const Parts& parts_;
  std::string& fault_;
  AllState state_;
  std::list<Task<void>> tasks_;
};

}  // namespace

Task<Node> finished(Node node, std::string& fault) {
  if (!node.tape().parts()) co_return node;
  co_await AwaitParts{*node.tape().parts(), fault};
  Tape spliced;
  TapeReader reader{node.tape()};
  Splicer{spliced}.value(reader);
  co_return Node{std::move(spliced)};
}

}  // namespace duramen::detail
