#pragma once
// Addresses of clients in binary form, so that however one is written it is the same, and whose they are: limits count
// an IPv6 address by its network of 64 bits, since whoever has one address of that has all of them.

#include <array>
#include <optional>
#include <string_view>

namespace duramen::server {

// IPv4 as ::ffff:a.b.c.d.
using AddressBytes = std::array<unsigned char, 16>;

// Of "192.0.2.1", "2001:db8::1" or "::ffff:192.0.2.1"; nothing if it is no address.
std::optional<AddressBytes> readAddress(std::string_view text);

// What counts as one client: an IPv4 address, or an IPv6 /64. Whatever is no address is one client together.
AddressBytes customerOf(std::string_view address);

// Whether an address, as Request::address has it, is of this machine itself; empty: of a Unix socket.
bool isLoopback(std::string_view address);

}  // namespace duramen::server
