#include "flight/testing/describe.h"

#include <cmath>

#include "base/base64.h"
#include "base/json.h"

namespace duramen::flight::testing {
namespace {

std::string tagged(std::string_view tag, const std::string& rest) {
  return "{\"$\":" + quoted(tag) + (rest.empty() ? "" : "," + rest) + "}";
}
std::string listed(const std::vector<Value>& items) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) (out += i ? "," : "") += described(items[i]);
  return out + "]";
}

struct Describer {
  std::string operator()(std::nullptr_t) const { return "null"; }
  std::string operator()(Undefined) const { return tagged("undef", ""); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    char digits[32];
    std::string spelled(digits, detail::writeNumber(digits, value));
    if (std::isfinite(value) && !(value == 0 && std::signbit(value))) return spelled;
    return tagged("num", "\"v\":" + quoted(value == 0 ? "-0" : spelled));
  }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const Value::List& value) const { return listed(value); }
  std::string operator()(const Value::Object& value) const {
    std::string pairs;
    for (const ValueField& field : value)
      ((((pairs += pairs.empty() ? "[" : ",[") += quoted(field.name)) += ",") += described(field.value)) += "]";
    return tagged("obj", "\"v\":[" + pairs + "]");
  }
  std::string operator()(const Boxed<ServerReference>& value) const {
    return tagged("server", "\"id\":" + quoted((*value).id) + ((*value).bound.empty() ? "" : ",\"bound\":\"…\""));
  }
  std::string operator()(const BigInt& value) const { return tagged("bigint", "\"v\":" + quoted(value.digits())); }
  std::string operator()(Date value) const { return tagged("date", "\"v\":" + quoted(toIsoString(value))); }
  std::string operator()(const MapValue& value) const {
    std::string pairs;
    for (std::size_t i = 0; i < value.flat.size(); i += 2)
      ((((pairs += pairs.empty() ? "[" : ",[") += described(value.flat[i])) += ",") += described(value.flat[i + 1])) +=
          "]";
    return tagged("map", "\"v\":[" + pairs + "]");
  }
  std::string operator()(const SetValue& value) const { return tagged("set", "\"v\":" + listed(value.items)); }
  std::string operator()(const Boxed<Bytes>& value) const {
    const Bytes& bytes = *value;
    const std::string data = "\"b64\":" + quoted(toBase64(bytes.data));
    if (bytes.kind == ArrayKind::arrayBuffer) return tagged("arraybuffer", data);
    return tagged("bytes", "\"kind\":" + quoted(detail::formOf(bytes.kind).name) + "," + data);
  }
  std::string operator()(const Boxed<File>& value) const { return file(*value); }
  std::string operator()(const FormData& value) const {
    std::string entries;
    for (const auto& [name, entry] : value.entries()) {
      const auto* text = std::get_if<std::string>(&entry);
      ((((entries += entries.empty() ? "[" : ",[") += quoted(name)) += ",") +=
       text ? quoted(*text) : file(std::get<File>(entry))) += "]";
    }
    return tagged("formdata", "\"v\":[" + entries + "]");
  }
  std::string operator()(const Boxed<SequenceValue>& value) const {
    using Kind = SequenceValue::Kind;
    const SequenceValue& sequence = *value;
    if (sequence.kind == Kind::byteStream) {
      std::string all;
      for (const Value& chunk : sequence.items) all += valueAs<Bytes>(&chunk)->data;
      return tagged("bytestream", "\"b64\":" + quoted(toBase64(all)));
    }
    const std::string_view tag = sequence.kind == Kind::iterator        ? "iterator"
                                 : sequence.kind == Kind::stream        ? "stream"
                                 : sequence.kind == Kind::asyncIterable ? "asyncIterable"
                                                                        : "asyncIterator";
    return tagged(tag, "\"v\":" + listed(sequence.items) +
                           (sequence.returned.empty() ? "" : ",\"ret\":" + described(sequence.returned[0])));
  }
  std::string operator()(const OpenedValue& value) const { return described(value.value.at(0)); }
  std::string operator()(const PromiseValue& value) const {
    return tagged("promise", "\"v\":" + described(value.value.at(0)));
  }

 private:
  static std::string file(const File& file) {
    return tagged("file", "\"name\":" + quoted(file.name) + ",\"type\":" + quoted(file.type) +
                              ",\"b64\":" + quoted(toBase64(file.bytes)));
  }
};

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  appendJsonText(out, text);
  return out;
}

std::string described(const Value& value) { return std::visit(Describer{}, value.is); }

}  // namespace duramen::flight::testing
