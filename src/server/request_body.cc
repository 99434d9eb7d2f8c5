#include "server/request_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace duramen::server {
namespace {

std::unexpected<HttpError> full(std::size_t most, std::string_view where) {
  return std::unexpected(HttpError{
      503,
      fmt::format("the bodies of requests have {} bytes of {} in this server, and there is no room for this one now",
                  most, where)});
}

// What a body becomes: its bytes, and the place that they take.
struct HeldBody {
  std::vector<char> bytes;
  ByteBudget::Place place;
};
struct MappedBody {
  std::unique_ptr<const MappedFile> file;
  ByteBudget::Place place;
};

}  // namespace

bool RequestBody::liesOnDisk(std::size_t bytes) const {
  return isUpload_ && !store_.options.directory.empty() && bytes > store_.options.uploadMemory;
}

RequestBody::Result RequestBody::expectRoom() const {
  const bool onDisk = liesOnDisk(most_);
  const ByteBudget& budget = onDisk ? store_.disk : store_.memory;
  if (!budget.hasRoomFor(most_)) return full(budget.most(), onDisk ? "disk" : "memory");
  return {};
}

RequestBody::Result RequestBody::append(std::string_view bytes) {
  if (!file_.isOpen() && liesOnDisk(size_ + bytes.size()))
    if (const auto moved = moveToDisk(); !moved) return moved;
  const auto kept = file_.isOpen() ? write(bytes) : hold(bytes);
  if (kept) size_ += bytes.size();
  return kept;
}

// Memory is taken before it is there, in steps that double; but not beyond what the body may have.
RequestBody::Result RequestBody::hold(std::string_view bytes) {
  const std::size_t needed = size_ + bytes.size();
  if (needed > held_.capacity()) {
    const std::size_t room = std::max(needed, std::min(2 * held_.capacity(), most_));
    if (!memory_.grow(room - memory_.bytes())) return full(store_.memory.most(), "memory");
    held_.reserve(room);
  }
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  return {};
}

RequestBody::Result RequestBody::moveToDisk() {
  file_ = openUnnamed(store_.options.directory);
  if (!file_.isOpen()) return diskFailed();
  const auto written = write({held_.data(), held_.size()});
  std::vector<char>{}.swap(held_);
  memory_ = ByteBudget::Place{};
  return written;
}

RequestBody::Result RequestBody::write(std::string_view bytes) {
  if (!disk_.grow(bytes.size())) return full(store_.disk.most(), "disk");
  if (!writeAll(file_, bytes)) return diskFailed();
  return {};
}

std::unexpected<HttpError> RequestBody::diskFailed() const {
  store_.log.error(fmt::format("an upload cannot be kept in {}: {}", store_.options.directory,
                               std::generic_category().message(errno)),
                   {"uploads"});
  return std::unexpected(HttpError{507, "the disk of this server did not take the upload"});
}

std::expected<SharedBytes, HttpError> RequestBody::take() {
  if (size_ == 0) return SharedBytes{};
  if (!file_.isOpen()) {
    const auto body = std::make_shared<const HeldBody>(std::move(held_), std::move(memory_));
    return SharedBytes{body, {body->bytes.data(), body->bytes.size()}};
  }
  auto mapped = MappedFile::map(file_, size_);
  if (!mapped) return diskFailed();
  const auto body = std::make_shared<const MappedBody>(std::move(mapped), std::move(disk_));
  return SharedBytes{body, body->file->view()};
}

}  // namespace duramen::server
