#pragma once
// Ids of durable objects, as Cloudflare makes them (ID-1): 16 bytes of HMAC-SHA256 over the object's name and 16 bytes
// of HMAC over those, under the SHA-256 of the namespace's stored name. The second half says which namespace made the
// first.

#include <array>
#include <cstdint>
#include <string_view>

#include "duramen/id.h"

namespace duramen::objects {

// SHA-256 of a namespace's stored name.
using NamespaceKey = std::array<std::uint8_t, 32>;
NamespaceKey namespaceKey(std::string_view storedName);

ObjectId idFromName(const NamespaceKey& key, std::string_view name);
bool belongsTo(const ObjectId& id, const NamespaceKey& key);

}  // namespace duramen::objects
