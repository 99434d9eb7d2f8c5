// JSON: what Boost.JSON takes is taken, with the same meaning, and nothing else is.

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

namespace {

using duramen::Value;
namespace json = boost::json;

bool isSame(const Value& ours, const json::value& theirs) {
  if (const auto* text = std::get_if<std::string>(&ours.is))
    return theirs.is_string() && std::string_view{*text} == std::string_view{theirs.get_string()};
  if (const auto* whole = std::get_if<std::int64_t>(&ours.is)) return theirs.is_int64() && theirs.get_int64() == *whole;
  if (const auto* real = std::get_if<double>(&ours.is)) {
    const auto number = theirs.is_uint64() ? static_cast<double>(theirs.get_uint64()) : theirs.as_double();
    return number == *real || std::isnan(number) || std::abs(number / *real - 1) < 1e-12 ||
           (std::abs(number) < 1e-300 && std::abs(*real) < 1e-300);
  }
  if (const auto* list = std::get_if<Value::List>(&ours.is)) {
    if (!theirs.is_array() || theirs.get_array().size() != list->size()) return false;
    for (std::size_t i = 0; i < list->size(); ++i)
      if (!isSame((*list)[i], theirs.get_array()[i])) return false;
    return true;
  }
  if (const auto* object = std::get_if<Value::Object>(&ours.is)) {
    if (!theirs.is_object() || theirs.get_object().size() != object->size()) return false;
    for (const duramen::ValueField& field : *object) {
      const json::value* const found = theirs.get_object().if_contains(field.name);
      if (!found || !isSame(field.value, *found)) return false;
    }
    return true;
  }
  if (const auto* is = std::get_if<bool>(&ours.is)) return theirs.is_bool() && theirs.get_bool() == *is;
  return std::holds_alternative<std::nullptr_t>(ours.is) && theirs.is_null();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto ours = duramen::parseJson(text, {.depth = 32});
  json::error_code error;
  const auto theirs = json::parse(text, error, {}, {.max_depth = 32});
  if (error == json::error::exponent_overflow) return 0;  // we read it as JavaScript does
  if (ours.has_value() != !error || (ours && !isSame(*ours, theirs))) std::abort();
  return 0;
}
