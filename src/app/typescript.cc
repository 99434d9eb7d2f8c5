#include "duramen/typescript.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace duramen {
namespace {

// What a declaration must not be called: it would hide a type that others name, or is a word of the language.
constexpr auto takenNames = std::to_array<std::string_view>({"Actions",
                                                             "ArrayBuffer",
                                                             "ArrayBufferView",
                                                             "AsyncIterable",
                                                             "BigInt64Array",
                                                             "BigUint64Array",
                                                             "Blob",
                                                             "Components",
                                                             "Date",
                                                             "Float32Array",
                                                             "Float64Array",
                                                             "FormData",
                                                             "Int16Array",
                                                             "Int32Array",
                                                             "Int8Array",
                                                             "JSXElementConstructor",
                                                             "Promise",
                                                             "ReactNode",
                                                             "ReadonlyArray",
                                                             "ReadonlyMap",
                                                             "ReadonlySet",
                                                             "Uint16Array",
                                                             "Uint32Array",
                                                             "Uint8Array",
                                                             "any",
                                                             "bigint",
                                                             "boolean",
                                                             "debugger",
                                                             "export",
                                                             "extends",
                                                             "finally",
                                                             "function",
                                                             "import",
                                                             "in",
                                                             "instanceof",
                                                             "never",
                                                             "null",
                                                             "number",
                                                             "object",
                                                             "string",
                                                             "super",
                                                             "symbol",
                                                             "typeof",
                                                             "undefined",
                                                             "unknown",
                                                             "var",
                                                             "with"});
static_assert(std::ranges::is_sorted(takenNames));

bool isNameCharacter(char c) { return isLetter(c) || isDigit(c) || c == '_' || c == '$'; }
bool isName(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, isNameCharacter);
}

// "Entry" of "... [T = notes::(anonymous namespace)::Entry]"; "Type" for a type that has no name of its own.
std::string_view shortName(std::string_view spelled) {
  spelled.remove_prefix(std::min(spelled.find("T = ") + 4, spelled.size()));
  spelled.remove_suffix(spelled.ends_with(']') ? 1 : 0);
  // The name ends where its template arguments begin: at the '<' that the last '>' closes.
  if (spelled.ends_with('>')) {
    int depth = 0;
    for (std::size_t at = spelled.size(); at-- > 0;) {
      depth += spelled[at] == '>' ? 1 : spelled[at] == '<' ? -1 : 0;
      if (depth > 0) continue;
      spelled = spelled.substr(0, at);
      break;
    }
  }
  std::size_t from = spelled.size();
  while (from > 0 && isNameCharacter(spelled[from - 1])) --from;
  spelled.remove_prefix(from);
  return isName(spelled) ? spelled : "Type";
}

}  // namespace

TypeScript::Named TypeScript::named(const void* mark, std::string_view spelled, std::string_view suffix) {
  const auto known = std::ranges::find(declarations_, mark, &Declaration::type);
  if (known != declarations_.end())
    return {known->name, static_cast<std::size_t>(known - declarations_.begin()), false};
  const std::string plain = std::string(shortName(spelled)).append(suffix);
  std::string name = plain;
  const auto taken = [&] {
    return std::ranges::binary_search(takenNames, name) ||
           std::ranges::find(declarations_, name, &Declaration::name) != declarations_.end();
  };
  for (int n = 2; taken(); ++n) name = plain + std::to_string(n);
  declarations_.push_back({mark, name, {}});
  return {name, declarations_.size() - 1, true};
}

std::string TypeScript::listOf(const std::string& item) {
  return isName(item) ? "readonly " + item + "[]" : "ReadonlyArray<" + item + ">";
}

std::string TypeScript::orUndefined(const std::string& type) {
  if (type.ends_with("undefined")) return type;
  return (type.starts_with('(') ? "(" + type + ")" : type) + " | undefined";
}

std::string TypeScript::quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '\'';
}

void TypeScript::addMember(std::string& members, std::string_view name, const std::string& type, bool isOptional) {
  members += "  readonly ";
  members += isName(name) ? std::string(name) : quoted(name);
  members += (isOptional ? "?: " : ": ") + type + ";\n";
}

std::string TypeScript::text() const {
  std::string text =
      "// Written by the app's program (--write-types): what its C++ gives to components and takes from them.\n\n";
  text += usesNodes_ ? "import type { JSXElementConstructor, ReactNode } from 'react';\n"
                     : "import type { JSXElementConstructor } from 'react';\n";
  for (const Declaration& each : declarations_) text += "\n" + each.text;
  text += "\n/** What each module exports to C++. */\nexport interface Components {\n";
  for (const auto& [file, exports] : components_) {
    text += "  readonly " + quoted(file) + ": {\n";
    for (const auto& [name, props] : exports) {
      text += "  ";
      addMember(text, name, "JSXElementConstructor<" + props + ">", false);
    }
    text += "  };\n";
  }
  text += "}\n\n/** The functions of the server that browsers may call. */\nexport interface Actions {\n" + actions_ +
          "}\n";
  return text;
}

}  // namespace duramen
