#include "base/spliced.h"

#include "duramen/suspense.h"

namespace duramen::detail {
namespace {

// Copies a tape, with the results of parts in the places of the parts. What says how many bytes follow is counted anew.
class Splicer {
 public:
  // `takesLate`: a part that is not done is left in its place.
  Splicer(Tape& out, bool takesLate) : out_(out), takesLate_(takesLate) {}

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
        tape = TapeReader{start};
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

  // A result may have parts of its own. One that is awaited where nothing can come later is another part's, too.
  void part(Part& part) {
    if (!part.done() && takesLate_) {
      part.setLate();
      return out_.putPending(part.shared_from_this());
    }
    if (!part.node()) return out_.putText(Op::failed, {});
    TapeReader result{part.node()->tape()};
    value(result);
  }

  // Of what has `headerSize` bytes before its contents, the last four of them their size.
  template <class Inside>
  void sized(TapeReader& tape, const char* start, std::size_t headerSize, Inside inside) {
    TapeReader header{start + headerSize - sizeof(std::uint32_t)};
    const auto size = header.get<std::uint32_t>();
    const std::uint32_t sizeAt = out_.size() + static_cast<std::uint32_t>(headerSize - sizeof(std::uint32_t));
    out_.append(start, headerSize);
    const std::uint32_t before = out_.size();
    TapeReader contents{start + headerSize};
    inside(contents, start + headerSize + size);
    out_.patch(sizeAt, out_.size() - before);
    tape = TapeReader{start + headerSize + size};
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
  const bool takesLate_;
};

}  // namespace

Node spliced(const Node& node, bool takesLate) {
  Tape out;
  TapeReader reader{node.tape()};
  Splicer{out, takesLate}.value(reader);
  return Node{std::move(out)};
}

}  // namespace duramen::detail
