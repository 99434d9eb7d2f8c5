#include <cmath>

#include "base/json.h"
#include "duramen/html_attributes.h"
#include "flight/encode.h"
#include "flight/row_ids.h"
#include "flight/writer.h"

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

// Writes a tape as the rows that it needs, and its root's model.
class Encoder {
 public:
  Encoder(const References& references, RowTable ids) : references_(references), ids_(std::move(ids)) {}

  void write(std::string& out, std::uint32_t root, const detail::Tape& tape) {
    std::string model;
    {
      Writer writer{model, tape.size() + tape.size() / 4};
      out_ = &writer;
      writer.hex(root);
      writer.put(':');
      TapeReader reader{tape};
      Place place{.up = nullptr, .name = "page"};
      node(reader, place);
      writer.put('\n');
      out_ = nullptr;
    }
    out.reserve(out.size() + rows_.size() + model.size());
    (out += rows_) += model;
  }

 private:
  struct Deeper {
    explicit Deeper(Encoder& encoder, const Place& place) : depth(encoder.depth_) {
      if (++depth > maxDepth)
        throw EncodeError("a page is nested deeper than 500 elements or values: " + place.toString());
    }
    ~Deeper() { --depth; }
    std::size_t& depth;
  };

  void node(TapeReader& tape, Place& place) {
    switch (const Op op = tape.next()) {
      case Op::element:
        return element(tape, place);
      case Op::list: {
        const auto count = tape.get<std::uint32_t>();
        tape.get<std::uint32_t>();
        const Deeper deeper{*this, place};
        return children(tape, count, true, place);
      }
      case Op::component:
        return component(tape, place);
      default:
        return value(tape, op, place);
    }
  }

  void children(TapeReader& tape, std::uint32_t count, bool asArray, const Place& place) {
    if (asArray) out_->put('[');
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i) out_->put(',');
      Place child{.up = &place, .name = {}, .index = i};
      node(tape, child);
    }
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

  void element(TapeReader& tape, Place& place) {
    const Deeper deeper{*this, place};
    const auto tag = tape.get<html::Tag>();
    const auto count = tape.get<std::uint32_t>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    out_->put(openTag[static_cast<std::size_t>(tag)]);
    key(tape, end, place);
    static constexpr Piece props{",{"}, close{"}]"}, one{"\"children\":"}, more{",\"children\":"};
    out_->put(props);
    const bool any = attributes(tape, end, count, place);
    if (count) {
      out_->put(any ? more : one);
      children(tape, count, count > 1, place);
    }
    out_->put(close);
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
        out_->put(attributePlace.name);
        out_->put(Piece{"\":"});
      }
      value(tape, tape.next(), attributePlace);
    }
    return any;
  }

  void component(TapeReader& tape, Place& place) {
    const Deeper deeper{*this, place};
    const auto& module = *tape.get<const ClientModule*>();
    const auto size = tape.get<std::uint32_t>();
    const char* const end = tape.position() + size;
    out_->put(Piece{"[\"$\",\"$L"});
    out_->hex(import(module));
    out_->put(Piece{"\","});
    key(tape, end, place);
    out_->put(',');
    tape.next();
    out_->put('{');
    const bool any = fields(tape, place);
    if (tape.position() != end) {
      Place fallback{.up = &place, .name = "fallback"};
      out_->put(any ? Piece{",\"fallback\":"} : Piece{"\"fallback\":"});
      node(tape, fallback);
    }
    out_->put(Piece{"}]"});
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
        throw std::logic_error("a tape is read at the wrong place");
    }
  }

  // Whether any was written: an undefined field is left out, which means the same.
  bool fields(TapeReader& tape, const Place& place) {
    bool any = false;
    for (auto count = tape.get<std::uint32_t>(); count; --count) {
      tape.next();
      const std::string_view name = tape.shortText();
      if (tape.peek() == Op::undefined || name == "__proto__") {
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

  void text(std::string_view text, const Place& place) {
    if (text.size() < textRowBytes) [[likely]]
      return quoted(text, place);
    if (!isUtf8(text)) throwNotUtf8(place);
    const std::uint32_t id = ids_.at(place.hash());
    Writer row{rows_, text.size() + 32};
    row.hex(id);
    row.put(Piece{":T"});
    row.hex(static_cast<std::uint32_t>(text.size()));
    row.put(',');
    row.put(text);  // exactly the bytes that were counted, and nothing after them
    refer("\"$", id);
  }

  void real(double number) {
    if (std::isfinite(number) && !(number == 0 && std::signbit(number))) return out_->number(number);
    if (std::isnan(number)) return out_->put(Piece{"\"$NaN\""});
    if (number == 0) return out_->put(Piece{"\"$-0\""});
    out_->put(number > 0 ? Piece{"\"$Infinity\""} : Piece{"\"$-Infinity\""});
  }

  void refer(std::string_view prefix, std::uint32_t id) {
    out_->put(Piece{prefix});
    out_->hex(id);
    out_->put('"');
  }

  std::uint32_t import(const ClientModule& module) {
    for (const auto& [known, id] : imports_)
      if (known == &module) return id;
    const auto row = ids_.leaf('I', std::string(module.file) + '\0' + std::string(module.name));
    imports_.emplace_back(&module, row.id);
    if (row.fresh) writeImport(row.id, module);
    return row.id;
  }

  void writeImport(std::uint32_t id, const ClientModule& module) {
    const std::optional<std::string_view> url = references_.moduleUrl(module.file);
    if (!url)
      throw EncodeError("client component " + std::string(module.name) + " of " + std::string(module.file) +
                        " is in no bundle of the app");
    Writer row{rows_, 256};
    row.hex(id);
    row.put(Piece{":I["});
    bool wellFormed = row.quoted(module.file);
    row.put(Piece{",["});
    wellFormed &= row.quoted(module.file);
    row.put(',');
    wellFormed &= row.quoted(*url);
    row.put(Piece{"],"});
    wellFormed &= row.quoted(module.name);
    row.put(Piece{"]\n"});
    if (!wellFormed) throw EncodeError("the name of a client module is not UTF-8");
  }

  void action(TapeReader& tape, const Place& place) {
    const Deeper deeper{*this, place};
    const auto boundCount = tape.get<std::uint8_t>();
    const auto idLength = tape.get<std::uint8_t>();
    tape.get<std::uint32_t>();
    const std::string_view name = tape.bytes(idLength);
    if (name != listed_) {
      if (!references_.hasAction(name))
        throw EncodeError("action " + std::string(name) + " is on a page, but the app does not list it");
      listed_ = name;
    }
    std::string bound = std::exchange(scratch_, {});
    bound.clear();
    if (boundCount) {
      Writer writer{bound, 64};
      Writer* const outer = std::exchange(out_, &writer);
      children(tape, boundCount, true, place);
      out_ = outer;
    }
    refer("\"$h", actionRow(name, bound));
    scratch_ = std::move(bound);
  }

  std::uint32_t actionRow(std::string_view name, std::string_view bound) {
    const auto row = ids_.leaf('A', std::string(name).append(1, '\0').append(bound));
    if (!row.fresh) return row.id;
    const auto arguments = bound.empty() ? RowTable::Row{0, false} : ids_.leaf('B', bound);
    Writer rows{rows_, bound.size() + name.size() + 64};
    if (arguments.fresh) {
      rows.hex(arguments.id);
      rows.put(':');
      rows.put(bound);
      rows.put('\n');
    }
    rows.hex(row.id);
    rows.put(Piece{":{\"id\":"});
    if (!rows.quoted(name)) throw EncodeError("the name of an action is not UTF-8");
    rows.put(Piece{",\"bound\":"});
    if (bound.empty()) {
      rows.put(Piece{"null}\n"});
    } else {
      rows.put(Piece{"\"$@"});
      rows.hex(arguments.id);
      rows.put(Piece{"\"}\n"});
    }
    return row.id;
  }

  void quoted(std::string_view text, const Place& place) {
    if (!out_->quoted(text)) [[unlikely]]
      throwNotUtf8(place);
  }
  [[noreturn]] static void throwNotUtf8(const Place& place) {
    throw EncodeError("text is not UTF-8: " + place.toString());
  }

  const References& references_;
  RowTable ids_;
  std::string rows_;
  Writer* out_ = nullptr;
  std::vector<std::pair<const ClientModule*, std::uint32_t>> imports_;
  std::string_view listed_;  // the last action that was found in the app
  std::string scratch_;
  std::size_t depth_ = 0;
};

}  // namespace

void appendPage(std::string& out, const Node& page, const References& references, RowIds ids) {
  if (ids == RowIds::byContent)
    Encoder{references, RowTable{}}.write(out, 1, page.tape());
  else
    Encoder{references, RowTable{1}}.write(out, 0, page.tape());
}

void appendResult(std::string& out, const Node& result, const References& references) {
  Encoder{references, RowTable{resultRoot + 1}}.write(out, resultRoot, result.tape());
}

void appendFailedResult(std::string& out, std::string_view digest) {
  if (!isUtf8(digest)) throw EncodeError("the digest of an error is not UTF-8");
  out += "10000000:E{\"digest\":";  // plain JSON: no model, so nothing of it is a reference
  appendJsonText(out, digest);
  out += ",\"stack\":[],\"env\":\"\"}\n";
}

}  // namespace duramen::flight
