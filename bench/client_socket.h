#pragma once
// Bare client sockets to 127.0.0.1, for benchmarks. They block, unless something else is said.

#include <cstdint>
#include <string>
#include <string_view>

namespace duramen::bench {

// One of 127.0.0.1 that nobody listens on.
std::uint16_t freePort();
// A connection to 127.0.0.1, or -1.
int connectTo(std::uint16_t port);
// Returns when somebody listens there; throws after some seconds.
void awaitListener(std::uint16_t port);

// All of it; throws if the peer does not take it.
void sendAll(int descriptor, std::string_view bytes);

// Asks for a WebSocket at this target, whose Origin is the server's own.
// `more`: further fields, each with its line's end.
std::string upgradeRequest(std::uint16_t port, std::string_view target, std::string_view more = {});
// Reads up to the end of the 101, and nothing after it; throws if the answer is another one.
void awaitUpgrade(int descriptor);

}  // namespace duramen::bench
