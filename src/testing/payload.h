#pragma once
// Reads what a browser receives: Flight rows of the profile that the library writes, back to elements, props and
// values. For tests only: it trusts its input to be ours, and throws std::runtime_error where it is not.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/value.h"

namespace duramen::test {

// A host element or a client component, as it stands in the page.
struct Element {
  std::string type;  // "div", or "/client/Editor.tsx#Editor"
  std::string key;   // empty if it has none
  Value props;       // children included; elements in them are objects {"$element": index}
};

struct Payload {
  Value node;
  Value result;         // an action's; Undefined if there is none
  bool failed = false;  // the action failed; `error` is the digest
  std::string error;
  std::vector<Element> elements;  // in order of the page
  // What a reader reads: the text of all host elements, in order, with a space between elements.
  std::string text() const;
  // The same of one element. REQUIRES: it is one of `elements`.
  std::string textOf(const Element& element) const;
  // The element that stands here, null if the node is none.
  const Element* elementAt(const Value& node) const;
};

// Throws std::runtime_error if the bytes are not rows, or refer to a row that is not there.
Payload readPayload(std::string_view bytes);

// The arguments of an action as React's encodeReply writes them.
std::string encodeArguments(const std::vector<Value>& arguments);

// A value that was put on a tape.
Value valueOf(const detail::Tape& tape);
std::vector<Value> valuesOf(const detail::Tape& tape);

}  // namespace duramen::test
