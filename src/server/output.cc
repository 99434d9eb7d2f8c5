#include "server/output.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace duramen::server {
namespace {

iovec toIovec(std::string_view bytes) { return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()}; }

}  // namespace

void Output::add(SharedFrame frame) {
  const std::string_view bytes = *frame;
  add(std::move(frame), bytes);
}

void Output::add(SharedFrame owner, std::string_view bytes) {
  if (bytes.empty()) return;
  replyBytes_ += bytes.size();
  pieces_.push_back({std::move(owner), bytes});
}

void Output::startPage(const SharedFrame& page, std::size_t sent) {
  assert(empty());
  if (sent == 0) {
    page_ = page;
  } else {
    pieces_.push_back({page, *page, true});
    offset_ = sent;
  }
}

void Output::dropWaiting() {
  pong_.reset();
  page_.reset();
  if (pieces_.empty()) return;
  Piece begun = std::move(pieces_[first_]);
  pieces_.clear();
  first_ = 0;
  replyBytes_ = 0;
  if (offset_ == 0) return;
  if (!begun.isPage) replyBytes_ = begun.bytes.size() - offset_;
  pieces_.push_back(std::move(begun));
}

std::size_t Output::waitingBytes() const {
  std::size_t bytes = (pong_ ? pong_->size() : 0) + (page_ ? page_->size() : 0);
  for (std::size_t i = first_; i < pieces_.size(); ++i) bytes += pieces_[i].bytes.size();
  return bytes - offset_;
}

std::size_t Output::gather(std::span<iovec> out) const {
  std::size_t count = 0;
  for (std::size_t i = first_; i < pieces_.size() && count < out.size(); ++i)
    out[count++] = toIovec(pieces_[i].bytes.substr(i == first_ ? offset_ : 0));
  if (count < pieces_.size() - first_) return count;
  for (const SharedFrame* const last : {&pong_, &page_})
    if (*last && count < out.size()) out[count++] = toIovec(**last);
  return count;
}

void Output::sent(std::size_t bytes) {
  while (bytes > 0 && !pieces_.empty()) {
    const Piece& piece = pieces_[first_];
    const std::size_t size = std::min(bytes, piece.bytes.size() - offset_);
    bytes -= size;
    offset_ += size;
    if (!piece.isPage) replyBytes_ -= size;
    if (offset_ == piece.bytes.size()) finishFirst();
  }
  if (bytes > 0 && pong_) bytes = sendWaiting(pong_, false, bytes);
  if (bytes > 0) bytes = sendWaiting(page_, true, bytes);
  assert(bytes == 0);
}

// What is left of `bytes`. A frame that has begun is a piece.
std::size_t Output::sendWaiting(SharedFrame& frame, bool isPage, std::size_t bytes) {
  assert(frame && pieces_.empty());
  const SharedFrame begun = std::exchange(frame, nullptr);
  if (bytes >= begun->size()) return bytes - begun->size();
  pieces_.push_back({begun, *begun, isPage});
  offset_ = bytes;
  if (!isPage) replyBytes_ += begun->size() - bytes;
  return 0;
}

void Output::finishFirst() {
  pieces_[first_].owner.reset();
  ++first_;
  offset_ = 0;
  if (first_ == pieces_.size()) {
    std::vector<Piece>{}.swap(pieces_);  // gives the memory back
    first_ = 0;
  } else if (first_ >= 64 && first_ * 2 > pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace duramen::server
