#pragma once
// Why a value that came in is not what was asked for, and where it stands.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace duramen {

// Why a value is not what was asked for.
struct DecodeError {
  std::string where;     // "setOrder, argument 2.target.legs[1].speed"
  std::string expected;  // "a number"
  std::string got;       // "text"
};
// "setOrder, argument 2.target.legs[1].speed: expected a number, got text"
std::string describe(const DecodeError& error);

template <class T>
using Decoded = std::expected<T, DecodeError>;

// The way to a value, spelled only when something is wrong with it. Points into what it was made from.
class Where {
 public:
  Where(std::string_view start) : name_(start) {}
  Where(const std::string& start) : name_(start) {}
  Where(const char* start) : name_(start) {}
  Where field(std::string_view name) const { return {*this, name, 0}; }
  Where item(std::size_t index) const { return {*this, {}, index}; }
  std::string toString() const;

 private:
  Where(const Where& parent, std::string_view name, std::size_t index) : parent_(&parent), name_(name), index_(index) {}
  const Where* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

}  // namespace duramen
