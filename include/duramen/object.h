#pragma once
// Durable objects: one instance of a class per name in the whole system, one event at a time, reached only by calls
// through its namespace. A const method is a read; what it read may be shown again when the object changes.

#include <concepts>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "duramen/call.h"
#include "duramen/durable_object.h"
#include "duramen/key.h"
#include "duramen/method_name.h"

namespace duramen {

namespace objects {
class Objects;
}

namespace detail {

using Factory = std::function<std::unique_ptr<DurableObject>(ObjectState&)>;

// A namespace as everything but its templates knows it.
class NamespaceBase {
 public:
  explicit NamespaceBase(std::string_view name);
  // The name that its objects are stored under.
  const std::string& name() const { return name_; }
  // The object of this name; always the same 32 bytes. Nothing is made by asking.
  ObjectId idFromName(const Text& name) const;
  // The loop that this object lives on. Throws like at().
  loop::Loop& loopOf(const ObjectId& id) const;
  // What lives beside the objects of this namespace; for the library (the groups of a RealtimeDurableObject).
  const std::shared_ptr<void>& companion() const { return companion_; }
  void setCompanion(std::shared_ptr<void> companion) { companion_ = std::move(companion); }

 protected:
  Address addressOf(std::string_view name) const;
  // Throws std::invalid_argument if the id is of another namespace.
  Address addressOf(const ObjectId& id) const;
  void open(objects::Objects& system, bool interleaves, Factory factory);

 private:
  const std::shared_ptr<const ObjectClass>& opened() const;

  std::string name_;
  std::shared_ptr<const ObjectClass> class_;
  std::shared_ptr<void> companion_;
};

template <class Tuple>
inline constexpr bool allCross = false;
template <class... T>
inline constexpr bool allCross<std::tuple<T...>> = (crosses<T>() && ...);
template <class R>
consteval bool resultCrosses() {
  if constexpr (std::is_reference_v<R> || std::is_pointer_v<R>)
    return false;
  else
    return crosses<std::remove_cv_t<R>>();
}

}  // namespace detail

// All objects of one class. A member of Env; `name` is where they are stored, so the member may be renamed. To be used
// once the server, or a TestApp, has opened it: before that, calls throw std::logic_error. A value: copies are the
// same.
template <class Object>
class Namespace : public detail::NamespaceBase {
 public:
  explicit Namespace(std::string_view name) : NamespaceBase(name) {}

  // The way to one object. A value; making one sends nothing.
  class Stub {
   public:
    const ObjectId& id() const { return to_.id; }

    // Calls a method by its name: co_await stub.call<&Note::save>(text).
    template <auto Method, class... Args>
    auto call(Args&&... args) const {
      using Traits = detail::MethodTraits<decltype(Method)>;
      using Arguments = typename Traits::Arguments;
      using R = typename Traits::Result;
      constexpr bool ours = std::is_base_of_v<typename Traits::Class, Object>;
      constexpr bool arity = sizeof...(Args) == std::tuple_size_v<Arguments>;
      constexpr bool byValue = Traits::byValue;
      constexpr bool argumentsCross = !byValue || detail::allCross<Arguments>;
      constexpr bool resultCrosses = detail::resultCrosses<R>();
      constexpr bool fits = !arity || std::constructible_from<Arguments, Args&&...>;
      static_assert(ours, "call names a method of another class than this namespace holds");
      static_assert(byValue,
                    "a method that is called through a namespace takes its arguments by value: they move to another "
                    "thread");
      static_assert(argumentsCross,
                    "an argument of this method does not cross to another thread or machine: use text, numbers, bool, "
                    "enums, keys, optionals, vectors, or a struct of public members of these");
      static_assert(resultCrosses,
                    "the result of this method does not cross to another thread or machine: return a value made of "
                    "text, numbers, bool, enums, keys, optionals, vectors, or a struct of these");
      static_assert(arity, "call gives another number of arguments than the method takes");
      static_assert(fits, "call gives an argument of another type than the method's parameter in that place");
      if constexpr (ours && arity && fits && byValue && argumentsCross && resultCrosses) {
        return callInside<Method>(std::forward<Args>(args)...);
      } else {
        return Call<void>{detail::CallMessage{}};
      }
    }

    // For the library itself: arguments and result need only be movable to another thread of this process.
    template <auto Method, class... Args>
    auto callInside(Args&&... args) const {
      using Traits = detail::MethodTraits<decltype(Method)>;
      using Arguments = typename Traits::Arguments;
      return Call<typename Traits::Result>{
          detail::CallMessage{to_, detail::invokes<Object, Method>(Arguments{std::forward<Args>(args)...}),
                              Traits::isRead, &detail::methodName<Method>}};
    }

   private:
    friend Namespace;
    explicit Stub(detail::Address to) : to_(std::move(to)) {}

    detail::Address to_;
  };

  Stub at(const Text& name) const { return Stub{addressOf(name.view())}; }
  Stub getByName(const Text& name) const { return at(name); }
  Stub get(const ObjectId& id) const { return Stub{addressOf(id)}; }

  // For the server, once: objects are made by `make(ObjectState&)`, on their loops.
  template <class Make>
  void open(objects::Objects& system, Make make) {
    NamespaceBase::open(system, interleaves(), [make = std::move(make)](ObjectState& state) {
      std::unique_ptr<Object> object = make(state);
      return std::unique_ptr<DurableObject>{std::move(object)};
    });
  }

 private:
  static consteval bool interleaves() {
    static_assert(std::derived_from<Object, DurableObject>,
                  "a namespace holds a class that derives from DurableObject");
    if constexpr (requires { Object::interleaves; })
      return Object::interleaves;
    else
      return false;
  }
};

}  // namespace duramen
