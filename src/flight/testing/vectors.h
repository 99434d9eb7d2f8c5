#pragma once
// The cases of a file in test/vectors/flight: one a line, or the whole of a .json.

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/json.h"

namespace duramen::flight::testing {

// Lines whose text is no UTF-8 (half a surrogate pair, which our strings cannot hold) are left out, and counted.
inline Value::List loadVectors(const std::string& name, int* leftOut = nullptr) {
  const auto file = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() /
                    "test/vectors/flight" / name;
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  Value::List cases;
  const char end = name.ends_with(".json") ? '\0' : '\n';
  for (std::string line; std::getline(in, line, end);) {
    auto parsed = parseJson(line, {.depth = 400});
    if (parsed)
      cases.push_back(std::move(*parsed));
    else if (leftOut)
      ++*leftOut;
  }
  return cases;
}

inline const Value* member(const Value& value, std::string_view name) {
  const auto* object = std::get_if<Value::Object>(&value.is);
  return object ? detail::findField(*object, name) : nullptr;
}
inline const Value& required(const Value& value, std::string_view name) {
  const Value* const found = member(value, name);
  if (!found) throw std::runtime_error("a case without \"" + std::string(name) + "\"");
  return *found;
}
inline std::string textOf(const Value& value, std::string_view name) {
  const auto* text = valueAs<std::string>(member(value, name));
  return text ? *text : std::string{};
}

}  // namespace duramen::flight::testing
