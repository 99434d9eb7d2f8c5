#pragma once
// What a connection has yet to send. Nothing is copied: pieces share their bytes with every other connection that sends
// them. A page is only ever the latest: one that has not begun gives way to the next. An idle connection's output holds
// no memory of its own.

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "realtime/outlet.h"

namespace duramen::server {

using realtime::SharedFrame;

class Output {
 public:
  // What a piece costs beside its bytes: its place here, its own object, and what the heap adds.
  static constexpr std::size_t pieceOverhead = 128;

  bool empty() const { return pieces_.empty() && !pong_ && !page_; }
  // Bytes not sent yet of what cannot be dropped.
  std::size_t replyBytes() const { return replyBytes_; }
  // What that takes of memory.
  std::size_t replyCost() const { return replyBytes_ + (pieces_.size() - first_) * pieceOverhead; }
  // Bytes not sent yet, of anything.
  std::size_t waitingBytes() const;
  // Whether a page waits that has not begun.
  bool hasPage() const { return page_ != nullptr; }

  // Sent after all that was added before, and before a page that waits.
  void add(SharedFrame frame);
  // `owner` keeps `bytes` alive; none if they live for ever.
  void add(SharedFrame owner, std::string_view bytes);
  // Sent after what was added so far, unless a later pong takes its place (RFC 6455 §5.5.3).
  void setPong(SharedFrame pong) { pong_ = std::move(pong); }
  // Sent after everything else, unless a later page takes its place.
  void setPage(SharedFrame page) { page_ = std::move(page); }
  // A page whose first `sent` bytes are sent. REQUIRES: empty().
  void startPage(const SharedFrame& page, std::size_t sent);
  void dropPage() { page_.reset(); }
  // Keeps only what remains of a piece that has begun.
  void dropWaiting();

  // Fills `out` with what comes next; returns how many of them.
  std::size_t gather(std::span<iovec> out) const;
  // REQUIRES: no more than was gathered.
  void sent(std::size_t bytes);

 private:
  struct Piece {
    SharedFrame owner;
    std::string_view bytes;  // points into owner, or at bytes that live for ever
    bool isPage = false;
  };
  void finishFirst();
  std::size_t sendWaiting(SharedFrame& frame, bool isPage, std::size_t bytes);

  std::vector<Piece> pieces_;
  std::size_t first_ = 0;   // of pieces_: those before it are sent
  std::size_t offset_ = 0;  // into the first piece
  std::size_t replyBytes_ = 0;
  SharedFrame pong_;  // not begun
  SharedFrame page_;  // likewise
};

}  // namespace duramen::server
