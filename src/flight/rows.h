#pragma once
// The rows that a model refers to (docs/flight.md, A1). Those that must come before what refers to them (text, bytes,
// and for the browser's sake imports) stand in front of it; what is still awaited, or failed, comes after.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duramen/js_types.h"
#include "flight/encode.h"
#include "flight/row_ids.h"
#include "flight/writer.h"

namespace duramen::flight {

class Rows {
 public:
  Rows(const References& references, RowTable ids, RowIds order)
      : references_(references), ids_(std::move(ids)), order_(order) {}

  const References& references() const { return references_; }
  bool reactsOrder() const { return order_ == RowIds::byDiscovery; }

  // A number for a row at the place with this hash, which the caller writes.
  std::uint32_t take(std::uint64_t place) { return ids_.at(place); }
  // `model` as row `id`, before or after what is being written. `tag` stands in front of it: "C", "E" or nothing.
  void before(std::uint32_t id, std::string_view model) { line(before_, id, {}, model); }
  void after(std::uint32_t id, std::string_view tag, std::string_view model) { line(after_, id, tag, model); }

  // REQUIRES: UTF-8.
  void text(std::uint32_t id, std::string_view text) { counted(before_, id, 'T', text); }
  void bytes(std::uint32_t id, ArrayKind kind, std::string_view data) {
    counted(before_, id, detail::formOf(kind).tag, data);
  }
  void textAfter(std::uint32_t id, std::string_view text) { counted(after_, id, 'T', text); }
  void bytesAfter(std::uint32_t id, ArrayKind kind, std::string_view data) {
    counted(after_, id, detail::formOf(kind).tag, data);
  }
  void failed(std::uint32_t id, std::string_view digest);
  // A row without a number (docs/flight.md, A8).
  void hint(char code, std::string_view model) { ((((before_ += ":H") += code) += model) += '\n'); }

  // Leaf rows: equal ones are one row.
  std::uint32_t import(const ClientModule& module);
  std::uint32_t symbol(std::string_view name);
  // `bound`: the model of the bound arguments; empty if there are none.
  std::uint32_t action(std::string_view name, std::string_view bound);

  // Appends what stands before, and forgets it.
  void flushBefore(std::string& out) { flush(out, before_); }
  void flushAfter(std::string& out) { flush(out, after_); }
  void dropAfter() { after_.clear(); }

 private:
  static void line(std::string& rows, std::uint32_t id, std::string_view tag, std::string_view model);
  static void counted(std::string& rows, std::uint32_t id, char tag, std::string_view payload);
  static void flush(std::string& out, std::string& rows) {
    out += rows;
    rows.clear();
  }
  void writeImport(std::uint32_t id, const ClientModule& module);

  const References& references_;
  RowTable ids_;
  RowIds order_;
  std::string before_, after_;
  std::vector<std::pair<const ClientModule*, std::uint32_t>> imports_;
  std::string listed_;  // the last action that was found in the app
};

}  // namespace duramen::flight
