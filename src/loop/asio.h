#pragma once
// Boost.Asio of a ThreadLoop, for the .cc files of loop/ and server/ only: Asio stays out of all other headers.
// It is compiled once, in asio.cc; the target duramen_asio carries the define that says so.

#include <boost/asio/io_context.hpp>

namespace duramen::loop {

class ThreadLoop;

// REQUIRES: what is registered with it goes before the loop, or while the loop does not run.
boost::asio::io_context& asioContext(ThreadLoop& loop);

}  // namespace duramen::loop
