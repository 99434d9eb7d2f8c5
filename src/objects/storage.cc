#include "duramen/storage.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "duramen/durable_object.h"
#include "objects/instance.h"
#include "objects/object_memory.h"

namespace duramen {
namespace {

// What a value may hold is bounded by its bytes; the depth, by what decoding it needs of the stack.
constexpr JsonLimits storedLimits{.depth = 256, .nodes = Storage::maxEntryBytes, .bytes = Storage::maxEntryBytes};
constexpr char jsonFormat = 1, bytesFormat = 2;  // the first byte of a stored value

[[noreturn]] void refuse(const std::string& what) { throw StorageError(StorageError::Reason::refused, what); }

}  // namespace

std::string Storage::describe(std::string_view key) const {
  const auto& owner = memory_.owner();
  const std::string name = owner.name.empty() ? owner.id.toString() : owner.name;
  return fmt::format("object {}/{}, key {}", owner.className, name, key);
}

std::uint64_t Storage::erasures() const { return memory_.erasures(); }
std::int64_t Storage::wallSeconds() const { return memory_.wallSeconds(); }

void Storage::throwUndecodable(const DecodeError& error) {
  throw StorageError(StorageError::Reason::undecodable, duramen::describe(error));
}

std::optional<Value> Storage::value(std::string_view key) const {
  const std::string* const stored = memory_.find(key);
  if (!stored) return std::nullopt;
  if (!stored->starts_with(jsonFormat)) throwUndecodable({describe(key), "a value", "bytes"});
  auto parsed = parseJson(std::string_view{*stored}.substr(1), storedLimits);
  if (!parsed) throwUndecodable({describe(key), "a value", "damaged JSON (" + duramen::describe(parsed.error()) + ")"});
  return std::move(*parsed);
}

void Storage::putValue(std::string_view key, const detail::Tape& tape) {
  auto json = tapeToJson(tape);
  if (!json) refuse(describe(key) + ": cannot be stored: " + json.error().what);
  putChecked(key, std::string(1, jsonFormat) + *json);
}

std::optional<std::string> Storage::getBytes(std::string_view key) const {
  const std::string* const stored = memory_.find(key);
  if (!stored) return std::nullopt;
  if (!stored->starts_with(bytesFormat)) throwUndecodable({describe(key), "bytes", "a value"});
  return stored->substr(1);
}

void Storage::putBytes(std::string_view key, std::string_view bytes) {
  std::string stored(1, bytesFormat);
  putChecked(key, std::move(stored += bytes));
}

// Here and not in the committer, so that one bad value does not end other objects' sets.
void Storage::putChecked(std::string_view key, std::string stored) {
  if (key.empty() || key.size() > maxKeyBytes)
    refuse(fmt::format("{}: a key of 1 to {} bytes was expected", describe(key.substr(0, 100)), maxKeyBytes));
  if (key.size() + stored.size() > maxEntryBytes)
    refuse(fmt::format("{}: key and value have {} bytes, at most {} were expected", describe(key),
                       key.size() + stored.size(), maxEntryBytes));
  const std::string* const before = memory_.find(key);
  const std::size_t freed = before ? key.size() + before->size() : 0;
  if (memory_.bytes() - freed + key.size() + stored.size() > maxObjectBytes)
    refuse(fmt::format("{}: the object would have more than {} bytes", describe(key), maxObjectBytes));
  if (!before && memory_.entries() >= maxObjectEntries)
    refuse(fmt::format("{}: the object would have more than {} entries", describe(key), maxObjectEntries));
  memory_.put(key, std::move(stored));
}

bool Storage::erase(std::string_view key) { return memory_.erase(key); }
std::vector<std::string> Storage::list(std::string_view prefix) const { return memory_.keys(prefix); }
void Storage::deleteAll() { memory_.eraseAll(); }

// Sync.

bool Sync::await_ready() {
  commit_ = memory_.handOver();
  return !commit_ || commit_->settled;
}

void Sync::await_suspend(std::coroutine_handle<> waiter) { commit_->syncs.emplace_back(this, waiter); }

void Sync::await_resume() const {
  if (commit_ && commit_->failure) throw objects::storageError(*commit_->failure, "what was written is not stored: ");
}

Sync::~Sync() {
  if (commit_) std::erase_if(commit_->syncs, [this](const auto& each) { return each.first == this; });
}

// ObjectState.

loop::Loop& ObjectState::loop() const { return instance_->loop(); }
ObjectState::Hold::Hold(objects::Instance& instance) : instance_(&instance) { instance_->hold(1); }
ObjectState::Hold::~Hold() {
  if (instance_) instance_->hold(-1);
}

}  // namespace duramen
