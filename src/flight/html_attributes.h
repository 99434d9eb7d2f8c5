#pragma once
// The attributes of one element, and how React prints them as HTML (docs/flight.md, D3 and D4).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/html_attributes.h"
#include "flight/writer.h"

namespace duramen::flight {

// Text or a number as JavaScript's String(value) spells it. Points into the tape or into itself.
class Spelled {
 public:
  // `value` stands after `op`. Nothing is absent: booleans, null and what is no text.
  Spelled(detail::Op op, detail::TapeReader value);
  Spelled(const Spelled&) = delete;
  bool present() const { return present_; }
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  bool present_ = true;
  char digits_[32]{};
};

struct Attribute {
  std::optional<html::Attr> attr;  // nothing: one that no element of ours has, or a data- or aria- attribute
  std::string_view customName;
  detail::Op op;
  detail::TapeReader value;  // after its op
};

// What stands between an element's header and its children. Points into the tape.
class Attributes {
 public:
  // Reads up to the first child, or to `end`. Of an attribute that was set twice the last counts, in the first's place.
  void read(detail::TapeReader& tape, const char* end);
  // Those of an element whose props are an object, after its op.
  void readProps(detail::TapeReader object);
  const Attribute* find(html::Attr attr) const;
  // Empty if there is none, or it is no text.
  std::string_view textOf(html::Attr attr) const;
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  void set(const Attribute& attribute);
  std::vector<Attribute> all_;
};

// As a condition in JavaScript. `value` stands after `op`.
bool isTrue(detail::Op op, detail::TapeReader value);

// Appends String(value), for all that is printed as an attribute; false where React prints nothing. `value` stands
// after `op`.
bool appendString(std::string& out, detail::Op op, detail::TapeReader value);

// ` name="value"`, or nothing where React prints nothing. Throws EncodeError for text that is not UTF-8.
void printAttribute(Writer& out, std::optional<html::Tag> tag, const Attribute& attribute);
// The same under a name of the caller's, booleans as words.
void printAttribute(Writer& out, std::string_view name, const Attribute& attribute);
// The same, as a URL that runs no script.
void printUrlAttribute(Writer& out, std::string_view name, const Attribute& attribute);
// The attribute of a custom element: its name as it is, true as an empty value, objects not at all.
void printCustomElementAttribute(Writer& out, const Attribute& attribute);

// Throws EncodeError for text that is not UTF-8.
void printText(Writer& out, std::string_view text);

}  // namespace duramen::flight
