#pragma once
// What the connections of one loop share: its read buffer, the table of them, the handler. Private to the transport.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "loop/asio.h"
#include "server/transport.h"
#include "server/transport_metrics.h"
#include "server/turns.h"
#include "wire/inflate.h"

namespace duramen::server {

class AccessLog;
class Connection;

using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// A connection's id is its place in the table and how often the place was taken before, so none comes twice.
class SocketTable {
 public:
  SocketId reserve();
  void put(SocketId id, std::shared_ptr<Connection> connection);
  Connection* find(SocketId id) const;
  void remove(SocketId id);
  // An id that was reserved and has no connection.
  void release(SocketId id);
  std::size_t size() const { return size_; }
  // For a walk in pieces: what is at the place `at`, or null; `at` moves on, to 0 at the end.
  std::shared_ptr<Connection> next(std::size_t& at) const;

 private:
  struct Place {
    std::shared_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

struct Hub : std::enable_shared_from_this<Hub> {
  Hub(loop::ThreadLoop& l, Handler& h, const Limits& limit, Log where, BodyStore all, ByteBudget most);

  // Work that goes with the hub.
  void post(std::move_only_function<void(Hub&)> work);
  // For the Date header; formatted once a second.
  const std::string& date();
  // Runs a call of the handler. An exception is logged; whether there was none.
  template <class Call>
  bool guarded(std::string_view what, Call call) {
    try {
      call();
      return true;
    } catch (const std::exception& error) {
      logFailure(what, error.what());
    } catch (...) {
      logFailure(what, "an exception of unknown type");
    }
    return false;
  }
  void logFailure(std::string_view what, std::string_view why);
  // Once a minute for each limit: it is the operator's to raise.
  void logLimit(const HttpError& refusal, std::string_view peer);
  void remove(SocketId id);

  loop::ThreadLoop& loop;
  Handler& handler;
  const Limits limits;
  const Log log;
  const BodyStore bodies;
  const ByteBudget memory;
  // Each read of each socket goes here. It is free again when the read's callback ends.
  const std::size_t readBytes = 64 * 1024;
  const std::unique_ptr<std::byte[]> readBuffer;
  wire::Inflaters inflaters;  // of all sockets
  Turns turns;                // of sockets that ask for much
  SocketTable table;
  TransportMetrics metrics;
  AccessLog* accessLog = nullptr;  // if there is one
  bool draining = false;
  Work drained;  // what drain() is to call

 private:
  std::string date_;
  std::time_t dateSecond_ = -1;
};

}  // namespace duramen::server
