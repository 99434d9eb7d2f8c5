#include "duramen/form_data.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/whole_file.h"
#include "duramen/value.h"

namespace duramen {

std::expected<void, std::string> File::saveTo(const std::string& path) const {
  if (writeWhole(path, 0666, bytes)) return {};
  return std::unexpected(path + " cannot be written: " + std::generic_category().message(errno));
}

void File::appendValueTo(detail::Tape& tape) const {
  tape.put(detail::Op::file);
  tape.putBare(name);
  tape.putBare(type);
  tape.putBare(bytes);
}

Decoded<File> File::decodeValue(const Value* value, const Where& where) {
  if (const auto* file = valueAs<File>(value)) return *file;
  return detail::unexpectedKind(where, "a File", value);
}

const FormData::Entry* FormData::find(std::string_view name) const {
  const auto at = std::ranges::find(entries_, name, &Entry::name);
  return at == entries_.end() ? nullptr : &*at;
}

std::string_view FormData::text(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (const auto* text = entry.name == name ? std::get_if<std::string>(&entry.value) : nullptr) return *text;
  return {};
}

const File* FormData::file(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (const auto* file = entry.name == name ? std::get_if<File>(&entry.value) : nullptr) return file;
  return nullptr;
}

void FormData::appendValueTo(detail::Tape& tape) const {
  tape.put(detail::Op::form, static_cast<std::uint32_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    tape.putBare(entry.name);
    if (const auto* text = std::get_if<std::string>(&entry.value))
      tape.putText(*text);
    else
      std::get<File>(entry.value).appendValueTo(tape);
  }
}

Decoded<FormData> FormData::decodeValue(const Value* value, const Where& where) {
  if (const auto* form = valueAs<FormData>(value)) return *form;
  return detail::unexpectedKind(where, "FormData", value);
}

namespace detail {
namespace {

// A number as a form spells it. An empty field is none; what is no number stays text, which decoding refuses.
Value numberOf(const std::string& text) {
  if (text.empty()) return Value{Undefined{}};
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && at == end)
    return Value{whole};
  double real = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, real); error == std::errc{} && at == end)
    return Value{real};
  return Value{text};
}

Value fieldOf(const FormData::Entry& entry, FieldKind kind) {
  const auto* text = std::get_if<std::string>(&entry.value);
  if (!text) {
    const File& file = std::get<File>(entry.value);
    const bool none = file.name.empty() && file.bytes.empty();  // what a browser sends for no file
    return none ? Value{Undefined{}} : Value{file};
  }
  if (kind == FieldKind::number) return numberOf(*text);
  if (kind == FieldKind::flag) return Value{!text->empty() && *text != "false" && *text != "0"};
  return Value{*text};
}

}  // namespace

Value formField(const FormData& form, std::string_view name, FieldKind kind, FieldKind itemKind) {
  if (kind == FieldKind::list) {
    Value::List all;
    for (const FormData::Entry& entry : form.entries()) {
      if (entry.name != name) continue;
      Value item = fieldOf(entry, itemKind);
      if (!std::holds_alternative<Undefined>(item.is)) all.push_back(std::move(item));
    }
    return Value{std::move(all)};
  }
  const FormData::Entry* const entry = form.find(name);
  if (entry) return fieldOf(*entry, kind);
  // A checkbox that is not checked sends nothing.
  return kind == FieldKind::flag ? Value{false} : Value{Undefined{}};
}

}  // namespace detail
}  // namespace duramen
