#pragma once
// Clients that mean no good, each kind in a process of its own until it goes.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "child_process.h"

namespace duramen::bench {

// What the attackers have done so far, told to the process that started them.
class AttackCounts;

class Attack {
 public:
  // Forks, and returns when the attack is at its full size.
  using Run = std::function<void(std::uint16_t port, AttackCounts& counts)>;
  Attack(std::uint16_t port, const Run& run, const ChildProcess::Options& options);
  ~Attack();
  Attack(const Attack&) = delete;
  Attack& operator=(const Attack&) = delete;

  // So far: connections that were opened, or bytes that were sent, whichever the kind is about.
  std::uint64_t done() const;

 private:
  AttackCounts* counts_;  // shared with the child
  ChildProcess process_;
};

// So many connections at once that each send a byte of a header every two seconds, and come again when they are ended.
Attack::Run slowLoris(std::size_t connections);
// Connections that open and vanish, half of them within a request.
Attack::Run vanishing(std::size_t perSecond);
// Realtime clients that send `frames` again and again, as fast as the server takes them, and read what comes.
Attack::Run flood(std::size_t sockets, std::string frames);

// Connections that post `body` to the action `set`, again and again, as fast as the server answers.
Attack::Run posts(std::size_t connections, std::string body);

// For posts(): an argument of 1 MB whose names meet in one bucket of std::hash.
std::string collidingNames();

// Realtime clients, each of a key of its own, that send `frames` once, read nothing, and stay. Who is closed comes
// again.
Attack::Run holding(std::size_t sockets, std::string frames);

// For holding().
std::string halfMessage();      // 4 MB of one that does not end
std::string waitingRequests();  // 69, whose arguments inflate to 2 MB each
std::string manyPings();        // 200,000

// For flood(): about 64 KiB each.
std::string pings();             // of one byte
std::string actions();           // calls of `set`, each in a frame
std::string ignoredMembers();    // a navigation with 4 MiB that no server wants, deflated to 4 KB
std::string ignoredArguments();  // a call of `set` with 2 MiB of arguments that it does not take, likewise to 2 KB
std::string fragmentedAction();  // one call of `set` with an argument of 10,000 bytes, in frames of one byte

}  // namespace duramen::bench
