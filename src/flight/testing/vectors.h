#pragma once
// The cases of a file in test/vectors/flight.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/json.h"

namespace duramen::flight::testing {

inline Value::List loadVectors(const std::string& name) {
  const auto file = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() /
                    "test/vectors/flight" / name;
  std::ifstream in(file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto parsed = parseJson(text, {.depth = 400});
  if (!parsed) throw std::runtime_error(file.string() + ": " + describe(parsed.error()));
  return std::get<Value::List>(std::move(parsed->is));
}

inline const Value* member(const Value& value, std::string_view name) {
  const auto* object = std::get_if<Value::Object>(&value.is);
  return object ? detail::findField(*object, name) : nullptr;
}
inline std::string textOf(const Value& value, std::string_view name) {
  const Value* const text = member(value, name);
  return text ? std::get<std::string>(text->is) : std::string{};
}

}  // namespace duramen::flight::testing
