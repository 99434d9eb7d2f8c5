#pragma once
// What a durable object keeps. A write is seen by the object's own reads at once; it is durable when the event that
// made it has answered. A const Storage does not write, so a const method, which is a read, cannot.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/task.h"
#include "duramen/value.h"

namespace duramen {

namespace objects {
class ObjectMemory;
struct Commit;
}  // namespace objects

// Why storage did not do what it was asked. A call whose object could not keep its writes ends with one.
class StorageError : public std::runtime_error {
 public:
  enum class Reason {
    refused,         // a key, a value or an object beyond its limit, or text that is not UTF-8: nothing was written
    undecodable,     // what is stored is not what was asked for
    storageFull,     // the disk is full: nothing of the event was written; reads go on
    outcomeUnknown,  // the disk failed: what the event wrote may be there or not
    stopped,         // the server has stopped
    unreadable,      // the object could not be read from the disk
    noMemory,        // the server has no memory left: nothing of the event was written
  };
  StorageError(Reason reason, const std::string& what) : std::runtime_error(what), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// co_await storage().sync(): waits until all that was written so far is durable.
class Sync {
 public:
  explicit Sync(objects::ObjectMemory& memory) : memory_(memory) {}
  Sync(const Sync&) = delete;
  Sync& operator=(const Sync&) = delete;
  ~Sync();
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  void await_resume() const;

 private:
  objects::ObjectMemory& memory_;
  std::shared_ptr<objects::Commit> commit_;
};

// Keys and values of one object, in order of the keys' bytes. All of it is in memory while the object is: a read costs
// a look-up and the value's decoding. Belongs to the object's loop.
class Storage {
 public:
  static constexpr std::size_t maxKeyBytes = 2 * 1024;
  static constexpr std::size_t maxEntryBytes = 2 * 1024 * 1024;   // a key and its value
  static constexpr std::size_t maxObjectBytes = 4 * 1024 * 1024;  // all keys and values
  static constexpr std::size_t maxObjectEntries = 65'536;

  explicit Storage(objects::ObjectMemory& memory) : memory_(memory) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Throws StorageError if the value is there but is not a T: the text names object, key and member.
  template <class T>
  std::optional<T> get(std::string_view key) const;
  // Throws StorageError if a limit is passed, a text is not UTF-8, or a number is not finite.
  template <class T>
  void put(std::string_view key, const T& value);

  // Bytes as they are. A std::vector<std::byte> is kept as bytes by get and put too.
  std::optional<std::string> getBytes(std::string_view key) const;
  void putBytes(std::string_view key, std::string_view bytes);

  // Whether there was something to erase.
  bool erase(std::string_view key);
  std::vector<std::string> list(std::string_view prefix = {}) const;
  void deleteAll();

  // For objects that tell the world, in other ways than an answer, what they have stored.
  [[nodiscard("sync does nothing until it is awaited")]] Sync sync() { return Sync{memory_}; }

 private:
  friend class MergedText;
  // How often all was erased.
  std::uint64_t erasures() const;
  // Seconds since 1970 by the server's clock.
  std::int64_t wallSeconds() const;

  std::optional<Value> value(std::string_view key) const;
  void putValue(std::string_view key, const detail::Tape& tape);
  void putChecked(std::string_view key, std::string stored);
  // "object notes/n1, key text"
  std::string describe(std::string_view key) const;
  [[noreturn]] static void throwUndecodable(const DecodeError& error);

  objects::ObjectMemory& memory_;
};

namespace detail {
template <class T>
inline constexpr bool isBytes = std::same_as<T, std::vector<std::byte>>;
}

template <class T>
std::optional<T> Storage::get(std::string_view key) const {
  if constexpr (detail::isBytes<T>) {
    const auto bytes = getBytes(key);
    if (!bytes) return std::nullopt;
    const auto view = std::as_bytes(std::span{*bytes});
    return T(view.begin(), view.end());
  } else {
    constexpr bool fits = detail::crosses<T, true>();
    static_assert(
        fits,
        "this type cannot be stored: use text, numbers, bool, enums, keys, optionals, vectors, or a struct of "
        "public members of these");
    if constexpr (fits) {
      const std::optional<Value> stored = value(key);
      if (!stored) return std::nullopt;
      auto decoded = detail::decode<T>(&*stored, describe(key));
      if (!decoded) throwUndecodable(decoded.error());
      return std::move(*decoded);
    }
  }
}

template <class T>
void Storage::put(std::string_view key, const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    detail::Tape tape;
    tape.putText(value);
    putValue(key, tape);
  } else if constexpr (detail::isBytes<T>) {
    putBytes(key, {reinterpret_cast<const char*>(value.data()), value.size()});
  } else {
    constexpr bool fits = detail::crosses<T, true>();
    static_assert(
        fits,
        "this type cannot be stored: use text, numbers, bool, enums, keys, optionals, vectors, or a struct of "
        "public members of these");
    if constexpr (fits) {
      detail::Tape tape;
      detail::appendValue(tape, value);
      putValue(key, tape);
    }
  }
}

}  // namespace duramen
