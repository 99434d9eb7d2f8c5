#include "flight/rows.h"

#include "base/json.h"
#include "base/utf8.h"

namespace duramen::flight {

void Rows::line(std::string& rows, std::uint32_t id, std::string_view tag, std::string_view model) {
  Writer row{rows, model.size() + 16};
  row.hex(id);
  row.put(':');
  row.put(tag);
  row.put(model);
  row.put('\n');
}

// The one place that promises a length: exactly the bytes that were counted follow, and nothing between.
void Rows::counted(std::string& rows, std::uint32_t id, char tag, std::string_view payload) {
  if (payload.size() > 0x7fffffff) throw EncodeError("a text or an array is larger than 2 GiB");
  Writer row{rows, payload.size() + 32};
  row.hex(id);
  row.put(':');
  row.put(tag);
  row.hex(static_cast<std::uint32_t>(payload.size()));
  row.put(',');
  row.put(payload);
}

void Rows::failed(std::uint32_t id, std::string_view digest) {
  if (!isUtf8(digest)) throw EncodeError("the digest of an error is not UTF-8");
  std::string model = "{\"digest\":";  // plain JSON: no model, so nothing of it is a reference
  appendJsonText(model, digest);
  model += ",\"stack\":[],\"env\":\"\"}";
  after(id, "E", model);
}

std::uint32_t Rows::import(const ClientModule& module) {
  for (const auto& [known, id] : imports_)
    if (known == &module) return id;
  const auto row = ids_.leaf('I', std::string(module.file) + '\0' + std::string(module.name));
  imports_.emplace_back(&module, row.id);
  if (row.fresh) writeImport(row.id, module);
  return row.id;
}

void Rows::writeImport(std::uint32_t id, const ClientModule& module) {
  const std::optional<std::string_view> url = references_.moduleUrl(module.file);
  if (!url)
    throw EncodeError("client component " + std::string(module.name) + " of " + std::string(module.file) +
                      " is in no bundle of the app");
  std::string model = "I[";
  bool wellFormed = true;
  {
    Writer row{model, 256};
    if (url->empty()) {  // as RedwoodSDK's client names it, which loads what "id#export" is
      const std::string name =
          module.name.empty() ? std::string(module.file) : std::string(module.file) + "#" + std::string(module.name);
      wellFormed &= row.quoted(name);
      row.put(Piece{",[],"});
      wellFormed &= row.quoted(name);
      row.put(Piece{",1]"});
    } else {
      wellFormed &= row.quoted(module.file);
      row.put(Piece{",["});
      wellFormed &= row.quoted(module.file);
      row.put(',');
      wellFormed &= row.quoted(*url);
      row.put(Piece{"],"});
      wellFormed &= row.quoted(module.name);
      row.put(']');
    }
  }
  if (!wellFormed) throw EncodeError("the name of a client module is not UTF-8");
  before(id, model);
}

std::uint32_t Rows::symbol(std::string_view name) {
  const auto row = ids_.leaf('S', name);
  if (row.fresh) {
    std::string model;
    appendJsonText(model, "$S" + std::string(name));
    before(row.id, model);
  }
  return row.id;
}

std::uint32_t Rows::action(std::string_view name, std::string_view bound) {
  if (listed_.empty() || name != listed_) {
    if (!references_.hasAction(name))
      throw EncodeError("action " + std::string(name) + " is on a page, but the app does not list it");
    listed_ = name;
  }
  const auto row = ids_.leaf('A', std::string(name).append(1, '\0').append(bound));
  if (!row.fresh) return row.id;
  const auto arguments = bound.empty() ? RowTable::Row{0, false} : ids_.leaf('B', bound);
  if (arguments.fresh && reactsOrder()) after(arguments.id, {}, bound);
  if (arguments.fresh && !reactsOrder()) before(arguments.id, bound);
  std::string model = "{\"id\":";
  {
    Writer writer{model, name.size() + 64};
    if (!writer.quoted(name)) throw EncodeError("the name of an action is not UTF-8");
    writer.put(Piece{",\"bound\":"});
    if (bound.empty()) {
      writer.put(Piece{"null}"});
    } else {
      writer.put(Piece{"\"$@"});
      writer.hex(arguments.id);
      writer.put(Piece{"\"}"});
    }
  }
  before(row.id, model);
  return row.id;
}

}  // namespace duramen::flight
