#include "duramen/tape.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>

#include "duramen/js_types.h"

namespace duramen::detail {

void Tape::reserve(std::size_t needed) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (needed > most) throw std::length_error("a page or a value is larger than 4 GiB");
  const std::size_t capacity = std::min(most, std::max<std::size_t>(needed, 2 * std::size_t{capacity_}));
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(bytes.get(), data(), size_);
  heap_ = std::move(bytes);
  capacity_ = static_cast<std::uint32_t>(capacity);
}

void Tape::addParts(const Parts& parts) {
  if (!parts_) parts_ = std::make_unique<Parts>();
  parts_->insert(parts_->end(), parts.begin(), parts.end());
}

void Tape::putPending(std::shared_ptr<Part> part) {
  put(Op::pending, part.get());
  addParts({std::move(part)});
}

void Tape::rotate(std::size_t to, std::size_t from) { std::rotate(data() + to, data() + from, data() + size_); }

void TapeReader::skip() {
  // Counts what is still to be passed over, so depth costs no stack.
  for (std::uint64_t left = 1; left; --left) {
    switch (next()) {
      case Op::element:
        get<std::uint16_t>();
        [[fallthrough]];
      case Op::list:
        get<std::uint32_t>();
        bytes(get<std::uint32_t>());
        break;
      case Op::component:
        get<const void*>();
        bytes(get<std::uint32_t>());
        break;
      case Op::named:
        bytes(get<std::uint32_t>());
        break;
      case Op::text:
      case Op::bigInt:
      case Op::failed:
      case Op::sealed:
      case Op::redirect:
        text();
        break;
      case Op::integer:
      case Op::real:
      case Op::date:
        get<std::int64_t>();
        break;
      case Op::module:
      case Op::pending:
        get<const void*>();
        break;
      case Op::array:
      case Op::object:
      case Op::set:
      case Op::iterator:
        left += get<std::uint32_t>();
        break;
      case Op::map:
        left += 2 * std::uint64_t{get<std::uint32_t>()};
        break;
      case Op::bytes:
        get<ArrayKind>();
        text();
        break;
      case Op::file:
        for (int part = 0; part < 3; ++part) text();
        break;
      case Op::form:
        for (auto entries = get<std::uint32_t>(); entries; --entries) {
          text();
          skip();
        }
        break;
      case Op::promise:
      case Op::lazy:
        ++left;
        break;
      case Op::stream:
        get<StreamKind>();
        left += get<std::uint32_t>() + 1;
        break;
      case Op::hint:
        get<char>();
        text();
        ++left;
        break;
      case Op::field:
        shortText();
        ++left;
        break;
      case Op::action: {
        get<std::uint8_t>();
        const std::size_t id = get<std::uint8_t>();
        bytes(get<std::uint32_t>() + id);
        break;
      }
      default:
        break;
    }
  }
}

namespace {

// Appends what the next child shows. False: it is neither text nor a number nor null.
bool appendShown(std::string& out, TapeReader& child) {
  char digits[32];
  switch (child.next()) {
    case Op::null:
      return true;
    case Op::text:
      out += child.text();
      return true;
    case Op::integer:
      out.append(digits, std::to_chars(digits, std::end(digits), child.get<std::int64_t>()).ptr);
      return true;
    case Op::real:
      out.append(digits, writeNumber(digits, child.get<double>()));
      return true;
    default:
      return false;
  }
}

}  // namespace

std::uint32_t joinTexts(Tape& tape, std::uint32_t from, std::uint32_t count) {
  TapeReader children{tape.data() + from};
  std::string shown;
  bool areNull = true;
  for (std::uint32_t left = count; left; --left) {
    areNull = areNull && children.peek() == Op::null;
    if (!appendShown(shown, children)) return count;
  }
  if (areNull) return count;
  tape.cut(from);
  tape.putText(shown);
  return 1;
}

namespace {

std::string_view asText(double number) {
  if (std::isnan(number)) return "NaN";
  return number > 0 ? "Infinity" : "-Infinity";
}

// `digits`: of scientific notation, "-1.25e+21". JavaScript writes one digit of the exponent where C++ writes two.
char* writeScientific(char* at, std::string_view digits) {
  const std::size_t exponent = digits.find('e') + 2;
  at = std::copy_n(digits.data(), exponent, at);
  digits.remove_prefix(exponent);
  if (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return std::copy_n(digits.data(), digits.size(), at);
}

// A whole number from 2^53 on: its shortest digits, then zeros.
char* writeLarge(char* at, std::string_view digits) {
  const std::size_t exponentAt = digits.find('e');
  int exponent = 0;
  std::from_chars(digits.data() + exponentAt + 2, digits.data() + digits.size(), exponent);
  bool afterPoint = false;
  for (const char c : digits.substr(0, exponentAt)) {
    if (c == '.') {
      afterPoint = true;
    } else {
      *at++ = c;
      exponent -= afterPoint;
    }
  }
  return std::fill_n(at, exponent, '0');
}

}  // namespace

char* writeNumber(char* at, double number) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (!std::isfinite(number)) {
    const std::string_view text = asText(number);
    return std::copy_n(text.data(), text.size(), at);
  }
  const double size = std::abs(number);
  if (size < exact && number == std::trunc(number))
    return std::to_chars(at, at + 32, static_cast<long long>(number)).ptr;
  if (size >= 1e-6 && size < exact) return std::to_chars(at, at + 32, number, std::chars_format::fixed).ptr;
  char digits[32];
  const char* const end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::scientific).ptr;
  const std::string_view scientific{digits, static_cast<std::size_t>(end - digits)};
  return size >= exact && size < 1e21 ? writeLarge(at, scientific) : writeScientific(at, scientific);
}

}  // namespace duramen::detail
