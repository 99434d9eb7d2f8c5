#pragma once
// What a durable object is made of: the state it is given, and the base of its class. object.h says how it is called.

#include <string>
#include <string_view>
#include <utility>

#include "duramen/id.h"
#include "duramen/storage.h"

namespace duramen {

namespace loop {
class Loop;
}
namespace objects {
class Instance;
}

// What an object is given when it is made. Lives as long as the object.
class ObjectState {
 public:
  ObjectState(const ObjectId& id, const std::string& name, objects::ObjectMemory& memory, objects::Instance* instance)
      : id_(id), name_(name), storage_(memory), instance_(instance) {}
  const ObjectId& id() const { return id_; }
  // Empty if it was never called by name; in storage a name of more than 1,024 bytes is not kept.
  std::string_view key() const { return name_; }
  Storage& storage() { return storage_; }
  const Storage& storage() const { return storage_; }
  // The loop that the object lives on.
  loop::Loop& loop() const;

  // Keeps the object in memory while it lives. On the object's loop; goes before the object does.
  class Hold {
   public:
    Hold() = default;
    explicit Hold(objects::Instance& instance);
    Hold(Hold&& other) noexcept : instance_(std::exchange(other.instance_, nullptr)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(instance_, other.instance_);
      return *this;
    }
    ~Hold();

   private:
    objects::Instance* instance_ = nullptr;
  };
  [[nodiscard]] Hold hold() { return Hold{*instance_}; }

 private:
  const ObjectId& id_;
  const std::string& name_;
  Storage storage_;
  objects::Instance* instance_;
};

// The base of every class of objects. Its methods run on one loop, one event at a time, awaits included; a class that
// says `static constexpr bool interleaves = true` lets other events run while one of its own waits.
class DurableObject {
 public:
  explicit DurableObject(ObjectState& state) : state_(state) {}
  DurableObject(const DurableObject&) = delete;
  DurableObject& operator=(const DurableObject&) = delete;
  virtual ~DurableObject() = default;

 protected:
  std::string_view key() const { return state_.key(); }
  const ObjectId& id() const { return state_.id(); }
  Storage& storage() { return state_.storage(); }
  const Storage& storage() const { return std::as_const(state_).storage(); }
  ObjectState& state() { return state_; }

 private:
  ObjectState& state_;
};

}  // namespace duramen
