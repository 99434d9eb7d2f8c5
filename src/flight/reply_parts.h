#pragma once
// The parts of a reply by what their names say (docs/flight.md, C1): "7" a value or a file, "_7_name" a field of
// FormData 7, "S7" a piece of stream 7. Numbers are decimal here, and hexadecimal in the tokens that refer to them.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/keyed_hash.h"
#include "flight/multipart.h"

namespace duramen::flight {

// Why parts are refused that older versions write.
inline constexpr std::string_view olderStreams =
    "of an older version of React: streams are read as React 19.3.1, 19.2.9, 19.1.10, 19.0.9 and later send them";

// Points into the parts it was made from.
class ReplyParts {
 public:
  struct Field {
    std::string_view name;
    const Part* part;
  };

  // The error says which name is wrong.
  static std::expected<ReplyParts, std::string> of(const std::vector<Part>& parts);

  // Null if there is none.
  const Part* value(std::uint32_t id) const;
  // In the order in which they came; empty if there are none.
  const std::vector<Field>& fields(std::uint32_t id) const;
  const std::vector<const Part*>& pieces(std::uint32_t id) const;

 private:
  KeyedMap<std::uint32_t, const Part*> values_;
  KeyedMap<std::uint32_t, std::vector<Field>> fields_;
  KeyedMap<std::uint32_t, std::vector<const Part*>> pieces_;
};

}  // namespace duramen::flight
