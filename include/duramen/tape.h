#pragma once
// The form of a node in memory: one run of bytes in document order, each element before its children. Building an
// element appends, an element in another is one copy, and an encoder reads from front to back. A small element needs no
// heap: its bytes lie in the Tape itself.
//
//   element    tag:u16 children:u32 size:u32 [key] attributes... children...   size: bytes after this header
//   list       children:u32 size:u32 children...                              a range among the children
//   component  ClientModule*:u64 size:u32 [key] value [node]                   value: its props; node: its fallback,
//   or,
//              after the op firstRender, what it renders first
//   hole                                                                      where a document takes its page
//   key        text without its op        attribute  name:u8 value            custom  length:u8 name value
//   text       length:u32 bytes           integer    i64                      real    f64
//   object     fields:u32 field...        field      length:u8 name value     array   values:u32 value...
//   action     bound:u8 length:u8 size:u32 id value...                        size: bytes of the bound values
//   named      size:u32 kind:u8 length:u8 name [key] object     a custom element, or one of React's own (NamedKind)
//   bigInt     length:u32 digits          date     f64, milliseconds          module   ClientModule*:u64, as a value
//   map        pairs:u32 value value...   set, iterator    values:u32 value...
//   bytes      ArrayKind:u8 length:u32 bytes       file   name, type, bytes, each length:u32 bytes
//   form       entries:u32 (name without its op, text or file)...
//   promise    value: what it resolves to, sent in a row of its own      lazy      node: likewise, an awaited part
//   pending    Part*:u64, of a part that is still awaited; the tape owns it
//   failed     length:u32 digest: a promise or a part that failed        error     an Error, of which nothing is sent
//   stream     StreamKind:u8 chunks:u32 value... end    end: undefined, the value that an iterator returns, or failed
//   sealed     length:u32 text: a bound argument that the encoder signs
//   redirect   length:u32 link: in the place of a page
//   hint       code:u8 length:u32 model node      the browser's part of it, and the <link> of a document (hint.h)
//   A value may also be a node.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace duramen::detail {

enum class Op : std::uint8_t {
  element,  // nodes
  list,
  component,
  hole,
  key,  // parts of an element
  attribute,
  custom,
  text,  // values; text, numbers and null are nodes too
  integer,
  real,
  yes,
  no,
  null,
  undefined,
  object,
  array,
  field,
  action,
  named,   // nodes again
  bigInt,  // values again
  date,
  module,
  map,
  set,
  iterator,
  bytes,
  file,
  form,
  promise,
  lazy,
  pending,
  failed,
  error,
  stream,
  redirect,
  sealed,
  firstRender,  // of a component
  hint,         // a node again
};

// An element that is known by its name: a custom element of HTML, or what React names by a symbol.
enum class NamedKind : std::uint8_t { element, symbol };
// What a stream is in the browser: a ReadableStream, an async iterable or an async iterator.
enum class StreamKind : std::uint8_t { readable, iterable, iterator };

// A part of a page that is still awaited (suspense.h).
class Part;
using Parts = std::vector<std::shared_ptr<Part>>;

// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): what lies in inline_ beyond size_ is never read.
class Tape {
 public:
  Tape() = default;
  Tape(Tape&& other) noexcept { take(other); }
  Tape& operator=(Tape&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  Tape(const Tape& other) { append(other); }
  Tape& operator=(const Tape& other) {
    if (this == &other) return *this;
    size_ = 0;
    parts_.reset();
    append(other);
    return *this;
  }
  ~Tape() = default;

  const char* data() const { return heap_ ? heap_.get() : inline_; }
  char* data() { return heap_ ? heap_.get() : inline_; }
  std::uint32_t size() const { return size_; }
  std::string_view bytes() const { return {data(), size_}; }

  // Room for `count` bytes at the end. Throws std::length_error if the tape would exceed 4 GiB.
  char* grow(std::size_t count) {
    if (size_ + count > capacity_) reserve(size_ + count);
    char* at = data() + size_;
    size_ += static_cast<std::uint32_t>(count);
    return at;
  }
  void append(const char* bytes, std::size_t count) {
    if (count) std::memcpy(grow(count), bytes, count);
  }
  void append(const Tape& other) {
    append(other.data(), other.size_);
    if (other.parts_) [[unlikely]]
      addParts(*other.parts_);
  }
  // The parts that its bytes name; null if there are none.
  const Parts* parts() const { return parts_.get(); }
  void putPending(std::shared_ptr<Part> part);

  template <class... T>
  void put(Op op, T... values) {
    static_assert((std::is_trivially_copyable_v<T> && ...));
    char* at = grow(1 + (sizeof(T) + ... + 0));
    *at++ = static_cast<char>(op);
    ((std::memcpy(at, static_cast<const void*>(&values), sizeof(T)), at += sizeof(T)), ...);
  }
  void putText(std::string_view text) { putText(Op::text, text); }
  // Text, or what is written as text after another op.
  void putText(Op op, std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    char* at = grow(1 + sizeof length + text.size());
    *at++ = static_cast<char>(op);
    std::memcpy(at, &length, sizeof length);
    if (length) std::memcpy(at + sizeof length, text.data(), length);
  }
  // Text without an op.
  void putBare(std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    char* at = grow(sizeof length + text.size());
    std::memcpy(at, &length, sizeof length);
    if (length) std::memcpy(at + sizeof length, text.data(), length);
  }
  // A field of an object; its value is put next. REQUIRES: at most 255 bytes.
  void putField(std::string_view name) {
    char* at = grow(2 + name.size());
    *at++ = static_cast<char>(Op::field);
    *at++ = static_cast<char>(name.size());
    std::memcpy(at, name.data(), name.size());
  }
  // An element by its name; its key and its props are put next. Gives what closeNamed takes.
  std::uint32_t openNamed(NamedKind kind, std::string_view name) {
    put(Op::named, std::uint32_t{}, kind, static_cast<std::uint8_t>(name.size()));
    const std::uint32_t start = size_ - 2;
    append(name.data(), name.size());
    return start;
  }
  void closeNamed(std::uint32_t start) { patch(start - sizeof size_, size_ - start); }
  template <class T>
  void patch(std::size_t offset, T value) {
    std::memcpy(data() + offset, &value, sizeof value);
  }
  // Drops what was appended after `size`. REQUIRES: no part is named there.
  void cut(std::uint32_t size) { size_ = size; }
  // Moves what was appended after `from` to `to`.
  void rotate(std::size_t to, std::size_t from);

 private:
  void take(Tape& other) noexcept {
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, inlineCapacity);
    heap_ = std::move(other.heap_);
    parts_ = std::move(other.parts_);
    if (!heap_) std::memcpy(inline_, other.inline_, size_);
  }
  void reserve(std::size_t needed);
  void addParts(const Parts& parts);

  static constexpr std::uint32_t inlineCapacity = 112;  // a table cell with a key, a class and text
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = inlineCapacity;
  std::unique_ptr<char[]> heap_;
  std::unique_ptr<Parts> parts_;
  char inline_[inlineCapacity];
};

// NOLINTEND(cppcoreguidelines-pro-type-member-init)

// Reads a tape from front to back. REQUIRES: what is read was written so.
class TapeReader {
 public:
  explicit TapeReader(const char* at) : at_(at) {}
  explicit TapeReader(const Tape& tape) : TapeReader(tape.data()) {}
  const char* position() const { return at_; }
  Op peek() const { return static_cast<Op>(*at_); }
  Op next() { return static_cast<Op>(*at_++); }
  template <class T>
  T get() {
    constexpr std::size_t size = sizeof(T);  // NOLINT(bugprone-sizeof-expression): of a pointer, if T is one
    T value;
    std::memcpy(static_cast<void*>(&value), at_, size);
    at_ += size;
    return value;
  }
  std::string_view bytes(std::size_t count) {
    std::string_view run{at_, count};
    at_ += count;
    return run;
  }
  std::string_view text() { return bytes(get<std::uint32_t>()); }
  std::string_view shortText() { return bytes(get<std::uint8_t>()); }
  // Passes over the next node or value.
  void skip();

 private:
  const char* at_;
};

// Puts one text in the place of `count` children that begin at `from`, if all are texts, numbers and null and one is
// not null: whatever shows, it is one text node. Returns how many children there are now.
std::uint32_t joinTexts(Tape& tape, std::uint32_t from, std::uint32_t count);

// Writes a number as JavaScript does (ECMA-262 Number::toString) and returns its end. REQUIRES: room for 32 characters.
char* writeNumber(char* at, double number);

}  // namespace duramen::detail
