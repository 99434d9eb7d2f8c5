#include "flight/reply_text.h"

#include <cmath>

#include "base/iso_date.h"
#include "base/json.h"
#include "base/utf8.h"

namespace duramen::flight {
namespace {

using detail::Op;
using detail::TapeReader;

// False if a value has no place in one text.
bool append(std::string& out, TapeReader& tape);

bool appendText(std::string& out, std::string_view text) {
  if (!isUtf8(text)) return false;
  appendJsonText(out, text.starts_with('$') ? "$" + std::string(text) : std::string(text));
  return true;
}

void appendReal(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "\"$NaN\"";
  } else if (std::isinf(number)) {
    out += number > 0 ? "\"$Infinity\"" : "\"$-Infinity\"";
  } else if (number == 0 && std::signbit(number)) {
    out += "\"$-0\"";
  } else {
    char digits[32];
    out.append(digits, detail::writeNumber(digits, number));
  }
}

bool appendList(std::string& out, TapeReader& tape, std::uint32_t count) {
  out += '[';
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i) out += ',';
    if (!append(out, tape)) return false;
  }
  out += ']';
  return true;
}

bool appendObject(std::string& out, TapeReader& tape) {
  out += '{';
  bool any = false;
  for (auto left = tape.get<std::uint32_t>(); left; --left) {
    tape.next();
    const std::string_view name = tape.shortText();
    if (!isUtf8(name)) return false;
    if (std::exchange(any, true)) out += ',';
    appendJsonText(out, name);
    out += ':';
    if (!append(out, tape)) return false;
  }
  out += '}';
  return true;
}

bool append(std::string& out, TapeReader& tape) {
  switch (tape.next()) {
    case Op::text:
      return appendText(out, tape.text());
    case Op::integer:
      out += std::to_string(tape.get<std::int64_t>());
      return true;
    case Op::real:
      appendReal(out, tape.get<double>());
      return true;
    case Op::yes:
      out += "true";
      return true;
    case Op::no:
      out += "false";
      return true;
    case Op::null:
      out += "null";
      return true;
    case Op::undefined:
      out += "\"$undefined\"";
      return true;
    case Op::bigInt:
      ((out += "\"$n") += tape.text()) += '"';
      return true;
    case Op::date: {
      const auto date = dateOf(tape.get<double>());
      if (date) ((out += "\"$D") += toIsoString(*date)) += '"';
      return date.has_value();
    }
    case Op::array:
      return appendList(out, tape, tape.get<std::uint32_t>());
    case Op::object:
      return appendObject(out, tape);
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string> replyText(TapeReader values, std::uint32_t count, const Sealer& seal) {
  std::string out = "[";
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i) out += ',';
    if (values.peek() == Op::sealed) {
      values.next();
      if (!appendText(out, seal(i, values.text()))) return std::nullopt;
    } else if (!append(out, values)) {
      return std::nullopt;
    }
  }
  return out += ']';
}

}  // namespace duramen::flight
