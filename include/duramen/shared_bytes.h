#pragma once
// Bytes that many may have and nobody changes, without a copy for each: what a client sent, in memory, or in a file of
// the server's that is mapped. Any thread may have a copy; it costs a count. A part keeps the whole alive.

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace duramen {

class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(std::string bytes);
  SharedBytes(const char* text) : SharedBytes(std::string(text)) {}
  // `bytes` live as long as `owner`; without one, as long as whoever has this takes care of.
  SharedBytes(std::shared_ptr<const void> owner, std::string_view bytes) : owner_(std::move(owner)), bytes_(bytes) {}

  SharedBytes(const SharedBytes&) = default;
  SharedBytes& operator=(const SharedBytes&) = default;
  SharedBytes(SharedBytes&& other) noexcept
      : owner_(std::move(other.owner_)), bytes_(std::exchange(other.bytes_, {})) {}
  SharedBytes& operator=(SharedBytes&& other) noexcept {
    owner_ = std::move(other.owner_);
    bytes_ = std::exchange(other.bytes_, {});
    return *this;
  }
  ~SharedBytes() = default;

  std::string_view view() const { return bytes_; }
  operator std::string_view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  // REQUIRES: `part` lies within view().
  SharedBytes part(std::string_view part) const { return {owner_, part}; }

  // By content.
  template <std::convertible_to<std::string_view> T>
  friend bool operator==(const SharedBytes& one, const T& other) {
    return one.bytes_ == std::string_view(other);
  }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

}  // namespace duramen
