#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <vector>

#include "base/iso_date.h"
#include "base/json.h"
#include "base/utf8.h"
#include "duramen/html_attributes.h"
#include "duramen/suspense.h"
#include "flight/encode.h"
#include "flight/rows.h"

namespace duramen::flight {
namespace {

using detail::Op;
using detail::TapeReader;

// The fixed text before a tag's key, and before an attribute's value.
template <const auto& names>
constexpr auto pieces(std::string_view before, std::string_view after) {
  std::array<Piece, std::size(names)> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = Piece{before, names[i], after};
  return all;
}
constexpr auto openTag = pieces<html::tagNames>("[\"$\",\"", "\",");
constexpr auto nameOf = pieces<html::attributeNames>("\"", "\":");

constexpr std::size_t maxDepth = 500;       // of elements and values; bounds the stack
constexpr std::size_t textRowBytes = 1024;  // from here on a text is a row of its own, which needs no escapes
constexpr std::uint32_t resultRoot = 0x10000000;
constexpr std::string_view streamOpenings[] = {"R", "X", "x"};  // by StreamKind

// Where the walk is: a key or a name where there is one, else a position among siblings. Looked at only for what needs
// it: the number of a text's row, and an error.
struct Place {
  const Place* up = nullptr;
  std::string_view name;
  std::uint32_t index = 0;

  std::uint64_t hash() const {
    std::uint64_t value = 0;
    for (const Place* at = this; at; at = at->up)
      value = hashOf(at->name, value + (at->name.data() ? 0 : at->index + 1));
    return value;
  }
  std::string toString() const {
    std::string path = up ? up->toString() : std::string{};
    if (name.data())
      (path += path.empty() ? "" : ".") += name;
    else
      ((path += '[') += std::to_string(index)) += ']';
    return path;
  }
};

// What is written after the model that waits for it: what a promise or an awaited part comes to, or a stream's chunks.
struct Late {
  std::uint32_t id;
  TapeReader value;
  std::string path;
  bool isStream;
};

// Writes a tape as the rows that it needs, and its root's model.
class Encoder {
 public:
  Encoder(const References& references, RowTable ids, RowIds order, bool takesParts = false)
      : rows_(references, std::move(ids), order), takesParts_(takesParts), saysIfInList_(references.forDevelopment()) {}

  void write(std::string& out, std::uint32_t root, const detail::Tape& tape) {
    TapeReader reader{tape};
    while (reader.peek() == Op::lazy) reader.next();  // the root is awaited by the browser anyway
    if (reader.peek() == Op::failed) {
      reader.next();
      rows_.failed(root, reader.text());
      return rows_.flushAfter(out);
    }
    std::string model;
    {
      Writer writer{model, tape.size() + tape.size() / 4};
      const Restored<Writer*> outer{out_, &writer};
      writer.hex(root);
      writer.put(':');
      Place place{.up = nullptr, .name = "page"};
      node(reader, place);
      writer.put('\n');
    }
    rows_.flushBefore(out);
    out += model;
    writeLate(out, out);
  }

  // A part that the page named, or another part, in each place where it stands: a browser waits for each of them.
  // Throws EncodeError, when all have been told, if it could not be sent.
  void writePart(std::string& out, detail::Part& part) {
    const std::optional<Node> given = part.takeGiven();
    std::exception_ptr refused;
    for (Pending& each : placesOf(part)) {
      try {
        whole(out, each.id, [&] { part.isStream() ? chunks(part, given, each) : result(part, each); });
        if (!part.done()) pending_.push_back(std::move(each));  // a stream goes on
      } catch (const EncodeError&) {
        refused = std::current_exception();
      }
    }
    if (refused) std::rethrow_exception(refused);
  }

 private:
  struct Pending {
    const detail::Part* part;
    std::uint32_t id;
    std::string path;
  };

  // Nothing is pending there any more.
  std::vector<Pending> placesOf(const detail::Part& part) {
    const auto those = std::ranges::partition(pending_, [&](const Pending& each) { return each.part != &part; });
    std::vector<Pending> places{std::make_move_iterator(those.begin()), std::make_move_iterator(those.end())};
    pending_.erase(those.begin(), those.end());
    return places;
  }

  void result(const detail::Part& part, const Pending& pending) {
    if (!part.node()) return rows_.failed(pending.id, {});
    Place place{.up = nullptr, .name = pending.path};
    TapeReader reader{part.node()->tape()};
    rows_.after(pending.id, {}, model([&] { node(reader, place); }));
  }

  // What a stream gave, and its end.
  void chunks(const detail::Part& part, const std::optional<Node>& given, const Pending& pending) {
    if (given) {
      Place place{.up = nullptr, .name = pending.path};
      TapeReader reader{given->tape()};
      chunk(pending.id, reader, place);
    }
    if (!part.done()) return;
    if (part.node())
      rows_.after(pending.id, "C", {});
    else
      rows_.failed(pending.id, {});
  }

  // What `write` writes, with all that it promises; or an error in its place, and the rows that others may name.
  template <class Write>
  void whole(std::string& out, std::uint32_t id, Write write) {
    std::string rest;
    try {
      write();
      rows_.flushBefore(out);
      writeLate(out, rest);
      out += rest;
    } catch (const EncodeError&) {
      late_.clear();
      rows_.dropAfter();
      rows_.failed(id, {});
      rows_.flushBefore(out);
      rows_.flushAfter(out);
      throw;
    }
  }

  struct Deeper {
    explicit Deeper(Encoder& encoder, const Place& place) : depth(encoder.depth_) {
      if (++depth > maxDepth)
        throw EncodeError("a page is nested deeper than 500 elements or values: " + place.toString());
    }
    ~Deeper() { --depth; }
    std::size_t& depth;
  };

  // Another value while it lives, also if it is left by an exception.
  template <class T>
  struct Restored {
    Restored(T& variable, T value) : at(variable), before(std::exchange(variable, value)) {}
    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;
    ~Restored() { at = before; }
    T& at;
    T before;
  };

  // What was promised may promise more. What must stand in front of it goes to `before`, which may be the same.
  void writeLate(std::string& before, std::string& out) {
    rows_.flushAfter(out);
    for (std::size_t next = 0; next < late_.size(); ++next) {
      Late late = std::move(late_[next]);
      Place place{.up = nullptr, .name = late.path};
      if (late.isStream)
        stream(late, place);
      else
        rows_.after(late.id, {}, model([&] { node(late.value, place); }));
      rows_.flushBefore(before);
      rows_.flushAfter(out);
    }
    late_.clear();
  }

  // What `write` puts, apart from what is being written.
  template <class Write>
  std::string model(Write write) {
    std::string text;
    Writer writer{text, 64};
    const Restored<Writer*> outer{out_, &writer};
    write();
    writer.finish();
    return text;
  }

  void node(TapeReader& tape, Place& place) {
    switch (const Op op = tape.next()) {
      case Op::element:
        return element(tape, place);
      case Op::list: {
        const auto count = tape.get<std::uint32_t>();
        tape.get<std::uint32_t>();
        const Deeper deeper{*this, place};
        return children(tape, count, true, place, true);
      }
      case Op::component:
        return component(tape, place);
      case Op::named:
        return named(tape, place);
      default:
        return value(tape, op, place);
    }
  }

  void children(TapeReader& tape, std::uint32_t count, bool asArray, const Place& place, bool isList = false) {
    if (asArray) out_->put('[');
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i) out_->put(',');
      Place child{.up = &place, .name = {}, .index = i};
      inList_ = isList;
      node(tape, child);
    }
    inList_ = false;
    if (asArray) out_->put(']');
  }

  // A key that was set again stands before the first one.
  void key(TapeReader& tape, const char* end, Place& place) {
    bool has = false;
    for (; tape.position() != end && tape.peek() == Op::key; has = true) {
      tape.next();
      const std::string_view text = tape.text();
      if (has) continue;
      place.name = text;
      quoted(text, place);
    }
    static constexpr Piece none{"null"};
    if (!has) out_->put(none);
  }

  // The end of an element. React's development build reads of the seventh member whether it need ask for a key
  // (_store.validated); the two before it are the owner and the stack, which we have not.
  void closeElement(bool inList) {
    static constexpr Piece plain{"}]"}, needsNoKey{"},null,null,1]"};
    out_->put(saysIfInList_ && !inList ? needsNoKey : plain);
  }

  void element(TapeReader& tape, Place& place) {
    const Deeper deeper{*this, place};
    const bool inList = std::exchange(inList_, false);
    const auto tag = tape.get<html::Tag>();
    const auto count = tape.get<std::uint32_t>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    out_->put(openTag[static_cast<std::size_t>(tag)]);
    key(tape, end, place);
    static constexpr Piece props{",{"}, one{"\"children\":"}, more{",\"children\":"};
    out_->put(props);
    const bool any = attributes(tape, end, count, place);
    if (count) {
      out_->put(any ? more : one);
      children(tape, count, count > 1, place);
    }
    closeElement(inList);
  }

  // Whether there were any.
  bool attributes(TapeReader& tape, const char* end, std::uint32_t childCount, const Place& place) {
    bool any = false;
    for (; tape.position() != end; any = true) {
      const Op op = tape.peek();
      if (op != Op::attribute && op != Op::custom) return any;
      tape.next();
      if (any) out_->put(',');
      Place attributePlace{.up = &place, .name = {}};
      if (op == Op::attribute) {
        const auto name = tape.get<html::Attr>();
        if (name == html::Attr::dangerouslySetInnerHTML && childCount)
          throw EncodeError("dangerouslySetInnerHTML stands in the place of children: " + place.toString());
        attributePlace.name = html::attributeNames[static_cast<std::size_t>(name)];
        out_->put(nameOf[static_cast<std::size_t>(name)]);
      } else {
        attributePlace.name = tape.shortText();
        out_->put('"');
        if (!out_->escaped<JsonEscapes>(attributePlace.name)) throwNotUtf8(place);
        out_->put(Piece{"\":"});
      }
      node(tape, attributePlace);
    }
    return any;
  }

  void component(TapeReader& tape, Place& place) {
    const Deeper deeper{*this, place};
    const bool inList = std::exchange(inList_, false);
    const auto& module = *tape.get<const ClientModule*>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    out_->put(Piece{"[\"$\",\"$L"});
    out_->hex(rows_.import(module));
    out_->put(Piece{"\","});
    key(tape, end, place);
    out_->put(',');
    tape.next();
    out_->put('{');
    const bool any = fields(tape, place);
    if (tape.position() != end && tape.peek() == Op::firstRender) {
      tape.next();
      tape.skip();
      out_->put(any ? Piece{",\"fallback\":true"} : Piece{"\"fallback\":true"});  // client/src/fallback.ts
    } else if (tape.position() != end) {
      Place fallback{.up = &place, .name = "fallback"};
      out_->put(any ? Piece{",\"fallback\":"} : Piece{"\"fallback\":"});
      node(tape, fallback);
    }
    closeElement(inList);
  }

  void named(TapeReader& tape, Place& place) {
    const Deeper deeper{*this, place};
    const bool inList = std::exchange(inList_, false);
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    const auto kind = tape.get<detail::NamedKind>();
    const std::string_view name = tape.shortText();
    out_->put(Piece{"[\"$\","});
    if (kind == detail::NamedKind::element)
      quoted(name, place);
    else if (rows_.reactsOrder())
      refer("\"$", rows_.symbol(name));
    else
      quotedToken("$S", name);
    out_->put(',');
    key(tape, end, place);
    out_->put(Piece{",{"});
    tape.next();
    fields(tape, place);
    closeElement(inList);
  }

  void value(TapeReader& tape, Op op, const Place& place) {
    static constexpr Piece yes{"true"}, no{"false"}, null{"null"}, undefined{"\"$undefined\""};
    switch (op) {
      case Op::text:
        return text(tape.text(), place);
      case Op::integer:
        return out_->number(tape.get<std::int64_t>());
      case Op::real:
        return real(tape.get<double>());
      case Op::yes:
        return out_->put(yes);
      case Op::no:
        return out_->put(no);
      case Op::null:
        return out_->put(null);
      case Op::undefined:
        return out_->put(undefined);
      case Op::array: {
        const Deeper deeper{*this, place};
        return children(tape, tape.get<std::uint32_t>(), true, place);
      }
      case Op::object: {
        const Deeper deeper{*this, place};
        out_->put('{');
        fields(tape, place);
        return out_->put('}');
      }
      case Op::action:
        return action(tape, place);
      case Op::hole:
        throw EncodeError("a hole stands only in a document: " + place.toString());
      default:
        return rareValue(tape, op, place);
    }
  }

  void rareValue(TapeReader& tape, Op op, const Place& place) {
    switch (op) {
      case Op::bigInt:
        return quotedToken("$n", tape.text());
      case Op::date:
        return date(tape.get<double>());
      case Op::module:
        return refer("\"$", rows_.import(*tape.get<const ClientModule*>()));
      case Op::map:
      case Op::set:
      case Op::iterator:
        return collection(tape, op, place);
      case Op::bytes: {
        const auto kind = tape.get<ArrayKind>();
        const std::uint32_t id = rows_.take(place.hash());
        rows_.bytes(id, kind, tape.text());
        return refer("\"$", id);
      }
      case Op::file:
        return file(tape, place);
      case Op::form:
        return form(tape, place);
      case Op::promise:
      case Op::lazy:
      case Op::stream:
        return late(tape, op, place);
      case Op::failed: {
        const std::uint32_t id = rows_.take(place.hash());
        rows_.failed(id, tape.text());
        return refer("\"$", id);
      }
      case Op::error:
        return out_->put(Piece{"\"$Z\""});
      case Op::sealed:
        throw EncodeError("a sealed value is a bound argument of an action: " + place.toString());
      case Op::pending:
        return pending(*tape.get<const detail::Part*>(), "\"$L", place);
      case Op::hint:
        return hint(tape, place);
      case Op::redirect:
        throw EncodeError("a redirect stands alone, in the place of a page: " + place.toString());
      default:
        throw std::logic_error("a tape is read at the wrong place");
    }
  }

  // Whether any was written: an undefined field is left out, which means the same.
  bool fields(TapeReader& tape, const Place& place) {
    bool any = false;
    for (auto count = tape.get<std::uint32_t>(); count; --count) {
      tape.next();
      const std::string_view name = tape.shortText();
      if ((tape.peek() == Op::undefined && !rows_.reactsOrder()) || name == "__proto__") {
        tape.skip();
        continue;
      }
      if (any) out_->put(',');
      any = true;
      Place field{.up = &place, .name = name};
      out_->put('"');
      if (!out_->escaped<JsonEscapes>(name)) throwNotUtf8(place);
      out_->put(Piece{"\":"});
      node(tape, field);
    }
    return any;
  }

  // React's client takes a U+FEFF at the start of a row of text for a mark of the encoding, and drops it.
  static bool mayBeRow(std::string_view text) { return !text.starts_with("\ufeff"); }

  void text(std::string_view text, const Place& place) {
    if (text.size() < textRowBytes || !mayBeRow(text)) [[likely]]
      return quoted(text, place);
    if (!isUtf8(text)) throwNotUtf8(place);
    if (rows_.reactsOrder() && utf16Size(text) < textRowBytes) return quoted(text, place);
    const std::uint32_t id = rows_.take(place.hash());
    rows_.text(id, text);
    refer("\"$", id);
  }

  void real(double number) {
    if (std::isfinite(number) && !(number == 0 && std::signbit(number))) return out_->number(number);
    if (std::isnan(number)) return out_->put(Piece{"\"$NaN\""});
    if (number == 0) return out_->put(Piece{"\"$-0\""});
    out_->put(number > 0 ? Piece{"\"$Infinity\""} : Piece{"\"$-Infinity\""});
  }

  void date(double milliseconds) {
    const auto date = dateOf(milliseconds);
    if (!date) return out_->put(Piece{"null"});  // as JSON has an invalid Date
    quotedToken("$D", toIsoString(*date));
  }

  // React numbers a collection before what is in it, and sends it after.
  void collection(TapeReader& tape, Op op, const Place& place) {
    const Deeper deeper{*this, place};
    const std::uint32_t id = rows_.take(place.hash());
    const auto count = tape.get<std::uint32_t>();
    rows_.before(id, model([&] {
                   if (op == Op::map)
                     pairs(tape, count, place);
                   else
                     children(tape, count, true, place);
                 }));
    refer(op == Op::map ? "\"$Q" : op == Op::set ? "\"$W" : "\"$i", id);
  }
  void pairs(TapeReader& tape, std::uint32_t count, const Place& place) {
    out_->put('[');
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i) out_->put(',');
      Place pair{.up = &place, .name = {}, .index = i};
      children(tape, 2, true, pair);
    }
    out_->put(']');
  }

  void file(TapeReader& tape, const Place& place) {
    tape.text();  // its name: a Blob has none
    const std::string_view type = tape.text();
    const std::uint64_t hash = place.hash();
    const std::uint32_t id = rows_.take(hash), data = rows_.take(hash + 1);
    rows_.bytes(data, ArrayKind::uint8, tape.text());
    rows_.before(id, model([&] {
                   out_->put('[');
                   quoted(type, place);
                   out_->put(',');
                   refer("\"$", data);
                   out_->put(']');
                 }));
    refer("\"$B", id);
  }

  void form(TapeReader& tape, const Place& place) {
    const std::uint32_t id = rows_.take(place.hash());
    rows_.before(id, model([&] {
                   out_->put('[');
                   const auto count = tape.get<std::uint32_t>();
                   for (std::uint32_t i = 0; i < count; ++i) {
                     out_->put(i ? Piece{",["} : Piece{"["});
                     Place entry{.up = &place, .name = {}, .index = i};
                     quoted(tape.text(), entry);
                     out_->put(',');
                     node(tape, entry);
                     out_->put(']');
                   }
                   out_->put(']');
                 }));
    refer("\"$K", id);
  }

  void late(TapeReader& tape, Op op, const Place& place) {
    const std::string_view prefix = op == Op::promise ? "\"$@" : "\"$L";
    if (tape.peek() == Op::pending) {
      tape.next();
      return pending(*tape.get<const detail::Part*>(), prefix, place);
    }
    const std::uint32_t id = rows_.take(place.hash());
    if (op != Op::stream && tape.peek() == Op::failed) {
      tape.next();
      rows_.failed(id, tape.text());
      return refer(prefix, id);
    }
    late_.push_back({id, tape, place.toString(), op == Op::stream});
    if (op == Op::stream) {
      rows_.before(id, streamOpenings[static_cast<std::size_t>(tape.get<detail::StreamKind>())]);
      for (auto chunks = tape.get<std::uint32_t>() + std::uint64_t{1}; chunks; --chunks) tape.skip();
      return refer("\"$", id);
    }
    tape.skip();
    refer(prefix, id);
  }

  // What it loads shows nothing.
  void hint(TapeReader& tape, const Place& place) {
    const char code = tape.get<char>();
    const std::string_view model = tape.text();
    if (!isUtf8(model)) throwNotUtf8(place);
    rows_.hint(code, model);
    tape.skip();
    out_->put(Piece{"null"});
  }

  void pending(const detail::Part& part, std::string_view prefix, const Place& place) {
    if (!takesParts_)
      throw EncodeError("a part that is awaited belongs to a page, not to a result: " + place.toString());
    const std::uint32_t id = rows_.take(place.hash());
    pending_.push_back({&part, id, place.toString()});
    if (!part.isStream()) return refer(prefix, id);
    rows_.before(id, streamOpenings[static_cast<std::size_t>(detail::StreamKind::iterable)]);
    refer("\"$", id);
  }

  // All chunks have the stream's own number.
  void stream(Late& late, const Place& place) {
    TapeReader& tape = late.value;
    tape.get<detail::StreamKind>();
    const auto chunks = tape.get<std::uint32_t>();
    for (std::uint32_t i = 0; i < chunks; ++i) {
      Place chunkPlace{.up = &place, .name = {}, .index = i};
      chunk(late.id, tape, chunkPlace);
    }
    if (tape.peek() == Op::failed) {
      tape.next();
      return rows_.failed(late.id, tape.text());
    }
    Place end{.up = &place, .name = "end"};
    const bool returnsNothing = tape.peek() == Op::undefined;
    rows_.after(late.id, "C", returnsNothing ? std::string{} : model([&] { node(tape, end); }));
  }

  void chunk(std::uint32_t stream, TapeReader& tape, Place& place) {
    switch (tape.peek()) {
      case Op::text: {
        tape.next();
        const std::string_view text = tape.text();
        if (!mayBeRow(text)) return rows_.after(stream, {}, model([&] { quoted(text, place); }));
        if (!isUtf8(text)) throwNotUtf8(place);
        return rows_.textAfter(stream, text);
      }
      case Op::bytes: {
        tape.next();
        const auto kind = tape.get<ArrayKind>();
        return rows_.bytesAfter(stream, kind, tape.text());
      }
      default:
        rows_.after(stream, {}, model([&] { node(tape, place); }));
    }
  }

  void action(TapeReader& tape, const Place& place) {
    const Deeper deeper{*this, place};
    const auto boundCount = tape.get<std::uint8_t>();
    const auto idLength = tape.get<std::uint8_t>();
    tape.get<std::uint32_t>();
    const std::string_view name = tape.bytes(idLength);
    std::string bound;
    if (boundCount) bound = model([&] { boundArguments(tape, boundCount, name, place); });
    refer("\"$h", rows_.action(name, bound));
  }

  void boundArguments(TapeReader& tape, std::uint32_t count, std::string_view action, const Place& place) {
    out_->put('[');
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i) out_->put(',');
      Place argument{.up = &place, .name = {}, .index = i};
      if (tape.peek() != Op::sealed) {
        node(tape, argument);
        continue;
      }
      tape.next();
      text(rows_.references().seal(action, i, tape.text()), argument);
    }
    out_->put(']');
  }

  void refer(std::string_view prefix, std::uint32_t id) {
    out_->put(Piece{prefix});
    out_->hex(id);
    out_->put('"');
  }
  // A token of React's whose text is plain.
  void quotedToken(std::string_view prefix, std::string_view text) {
    out_->put('"');
    out_->put(prefix);
    out_->put(text);
    out_->put('"');
  }
  void quoted(std::string_view text, const Place& place) {
    if (!out_->quoted(text)) [[unlikely]]
      throwNotUtf8(place);
  }
  [[noreturn]] static void throwNotUtf8(const Place& place) {
    throw EncodeError("text is not UTF-8: " + place.toString());
  }
  static std::size_t utf16Size(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      units += (byte & 0xC0) != 0x80 ? 1 : 0;
      units += byte >= 0xF0 ? 1 : 0;
    }
    return units;
  }

  Rows rows_;
  Writer* out_ = nullptr;
  std::vector<Late> late_;
  std::vector<Pending> pending_;
  const bool takesParts_;
  const bool saysIfInList_;
  bool inList_ = false;  // whether the node that comes is an item of a list
  std::size_t depth_ = 0;
};

}  // namespace

std::string References::seal(std::string_view action, std::uint32_t, std::string_view) const {
  throw EncodeError("action " + std::string(action) + " has a sealed argument, but there is no key");
}

void appendPage(std::string& out, const Node& page, const References& references, RowIds ids) {
  if (ids == RowIds::byContent)
    Encoder{references, RowTable{}, ids}.write(out, 1, page.tape());
  else
    Encoder{references, RowTable{1}, ids}.write(out, 0, page.tape());
}

class PageRows::Impl {
 public:
  explicit Impl(const References& references) : references_(references) {}
  void page(std::string& out, const Node& page) {
    std::string rows;  // if it cannot be sent, nothing of it is
    encoder_.emplace(references_, RowTable{}, RowIds::byContent, true).write(rows, 1, page.tape());
    out += rows;
  }
  Encoder& encoder() { return *encoder_; }

 private:
  const References& references_;
  std::optional<Encoder> encoder_;
};

PageRows::PageRows(const References& references) : impl_(std::make_unique<Impl>(references)) {}
PageRows::~PageRows() = default;
void PageRows::page(std::string& out, const Node& page) { impl_->page(out, page); }

std::string PageRows::part(std::string& out, detail::Part& part) {
  try {
    impl_->encoder().writePart(out, part);
    return {};
  } catch (const EncodeError& error) {
    return error.what();
  }
}

void appendResult(std::string& out, const Node& result, const References& references) {
  Encoder{references, RowTable{resultRoot + 1}, RowIds::byContent}.write(out, resultRoot, result.tape());
}

void appendFailedResult(std::string& out, std::string_view digest) {
  if (!isUtf8(digest)) throw EncodeError("the digest of an error is not UTF-8");
  out += "10000000:E{\"digest\":";  // plain JSON: no model, so nothing of it is a reference
  appendJsonText(out, digest);
  out += ",\"stack\":[],\"env\":\"\"}\n";
}

void appendFailedEnvelope(std::string& out, std::string_view field) {
  if (field.empty()) {
    out += failedResultEnvelope;
    return;
  }
  if (!isUtf8(field)) throw EncodeError("the name of a form's field is not UTF-8");
  out += "0:{\"node\":\"$1\",\"actionResult\":\"$@10000000\",\"errorField\":";
  if (field.starts_with('$')) field = {};  // a reference to React, and no name that a page has
  appendJsonText(out, field);
  out += "}\n";
}

}  // namespace duramen::flight
