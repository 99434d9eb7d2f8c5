#pragma once
// An element's attributes as HTML, by React's rules (docs/flight.md, D3 to D5).

#include <string>
#include <string_view>
#include <vector>

#include "duramen/html_attributes.h"
#include "duramen/tape.h"

namespace duramen::flight {

// An attribute as it lies on the tape.
struct Attribute {
  bool custom = false;         // data-*, aria-*
  html::Attr name{};           // unless custom
  std::string_view customName;
  const char* value = nullptr;  // on the tape
  const char* end = nullptr;    // of the element: the value ends before it

  detail::TapeReader reader() const { return {value, end}; }
  // The text, if the value is text, or a number as text.
  std::string text() const;
  bool isTrue() const { return reader().peek() == detail::Op::yes; }
};

class Attributes {
 public:
  // Takes key and attributes from the front of an element whose parts end at `end`.
  Attributes(detail::TapeReader& tape, const char* end);

  const Attribute* find(html::Attr name) const;
  // Appends all that this element prints, in React's order.
  void appendTo(std::string& out, html::Tag tag) const;

 private:
  void append(std::string& out, const Attribute& attribute, html::Tag tag) const;
  std::vector<Attribute> all_;
};

// Text for an element or a quoted attribute.
void appendEscaped(std::string& out, std::string_view text);

}  // namespace duramen::flight
