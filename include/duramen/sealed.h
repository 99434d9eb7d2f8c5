#pragma once
// A parameter of an action that only this server fills in. Bound arguments are the caller's input like any other; one
// of type Sealed<T> carries a code that this server made for this value, this action and this place among its arguments
// (HMAC-SHA256), so it is what some page of this server rendered. It says who rendered the value, not who may call the
// action: that is for guards.
//
//   Task<void> deleteNote(Context& ctx, Sealed<NoteKey> key);
//   html::form.action(deleteNoteAction.bind(key))(html::button("Delete"))
//
// The value is signed and not hidden: the browser can read it.

#include <string>
#include <utility>

#include "duramen/value.h"

namespace duramen {
namespace detail {

// The value on the tape as the text that is signed. Throws std::invalid_argument for a value that is no plain data.
std::string sealedText(const Tape& value);

}  // namespace detail

template <class T>
class Sealed {
 public:
  static constexpr bool isSealed = true;
  using ValueType = T;

  template <class From>
    requires std::convertible_to<const From&, T>
  Sealed(const From& value) : value_(value) {}
  Sealed(T value) : value_(std::move(value)) {}

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

  void appendValueTo(detail::Tape& tape) const {
    detail::Tape value;
    detail::appendValue(value, value_);
    tape.putText(detail::Op::sealed, detail::sealedText(value));
  }
  // Of what was opened with the server's key, and of nothing else.
  static Decoded<Sealed> decodeValue(const Value* value, const Where& where) {
    const auto* opened = valueAs<OpenedValue>(value);
    if (!opened) return detail::unexpectedKind(where, "a value that this server sealed", value);
    auto inner = detail::decode<T>(&opened->value.at(0), where);
    if (!inner) return std::unexpected(std::move(inner.error()));
    return Sealed{std::move(*inner)};
  }

 private:
  T value_;
};

}  // namespace duramen
