#include "objects/log_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/file_descriptor.h"
#include "objects/page_checksum.h"

namespace duramen::objects {
namespace {

class LogReader {
 public:
  explicit LogReader(const std::filesystem::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    std::array<std::byte, logHeaderBytes> bytes{};
    if (file_.isOpen() && ::read(file_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()))
      header_ = readLogHeader(bytes);
  }
  const std::optional<LogHeader>& header() const { return header_; }

  // The next frame; false at the end. A part of one is none.
  bool next() {
    if (::read(file_.get(), frame_.data(), frame_.size()) != static_cast<ssize_t>(frame_.size())) return false;
    parsed_ = readFrameHeader(std::span{frame_}.first<frameHeaderBytes>());
    return true;
  }
  const FrameHeader& frame() const { return parsed_; }
  bool hasSalts() const { return parsed_.salt1 == header_->salt1 && parsed_.salt2 == header_->salt2; }
  bool follows(Checksum before) const { return follows(before, header_->order); }
  bool follows(Checksum before, WordOrder order) const {
    const std::span whole{frame_};
    return frameChecksum(whole.first<frameHeaderBytes>(), whole.subspan<frameHeaderBytes>(), before, order) ==
           parsed_.stored;
  }

 private:
  FileDescriptor file_;
  std::optional<LogHeader> header_;
  std::array<std::byte, frameBytes> frame_{};
  FrameHeader parsed_;
};

// SQLite drops a log whose header does not fit. One that never was whole has no frames that follow each other.
LogState checkHeaderless(LogReader& log) {
  LogState state;
  std::optional<Checksum> before;
  while (log.next()) {
    const auto follows = [&](Checksum sum) {
      return log.follows(sum, WordOrder::little) || log.follows(sum, WordOrder::big);
    };
    if (before ? follows(*before) : follows(log.header()->stored) || follows(log.header()->computed)) ++state.badFrames;
    before = log.frame().stored;
  }
  if (state.badFrames == 0) return state;
  state.kind = LogState::Kind::damaged;
  state.what = fmt::format("the log's header is damaged; {} of its frames are whole", state.badFrames);
  return state;
}

}  // namespace

LogState checkLog(const std::filesystem::path& path) {
  LogReader log{path};
  if (!log.header()) return {};
  if (!log.header()->isSound) return checkHeaderless(log);

  LogState state;
  Checksum before = log.header()->stored;
  std::uint64_t number = 0, firstBad = 0;
  bool isOwn = true;      // the frame before is of this log, and not one that an earlier log has left
  bool hasEnded = false;  // the batch of the first bad frame has: what comes after it is a later one
  while (log.next()) {
    ++number;
    const bool follows = log.follows(before);
    before = log.frame().stored;
    if (firstBad == 0 && follows && log.hasSalts()) {
      if (log.frame().endsBatch) state.goodFrames = number;
      continue;
    }
    if (firstBad == 0) firstBad = number;
    isOwn = log.hasSalts() || (follows && isOwn);
    if (!isOwn) continue;
    ++state.badFrames;
    if (hasEnded) state.kind = LogState::Kind::damaged;
    hasEnded = hasEnded || log.frame().endsBatch;
  }
  if (state.badFrames == 0) return state;
  if (state.kind == LogState::Kind::damaged) {
    state.what =
        fmt::format("frame {} of the log is damaged, and batches that were acknowledged stand behind it", firstBad);
  } else {
    state.kind = LogState::Kind::torn;
    state.what = fmt::format("the last batch of the log is not whole, from frame {} on", firstBad);
  }
  return state;
}

}  // namespace duramen::objects
