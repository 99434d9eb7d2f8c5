#pragma once
// Actions: the C++ functions that a browser may call. A function is one only where an Action names it and the app lists
// that Action:
//
//   Task<void> saveNote(Context& ctx, NoteKey key, std::string content);
//   inline constexpr duramen::Action<"saveNote", saveNote> saveNoteAction;
//
// Arguments from the browser, bound ones included, are validated and trusted for nothing.

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "duramen/value.h"

namespace duramen {

// A function of the server as a prop: what the browser still passes, and what it gets back.
template <class Signature>
class ActionRef;

template <class R, class... Args>
class ActionRef<R(Args...)> {
 public:
  using Result = R;
  static constexpr bool onlyGoesOut = true;
  // Whether a form may call it: with its fields, or with nothing.
  static constexpr bool takesForm =
      sizeof...(Args) == 0 || (sizeof...(Args) == 1 && ((std::same_as<Args, FormData> || Aggregate<Args>) && ...));

  ActionRef(std::string_view id, detail::Tape bound, std::uint8_t boundCount)
      : id_(id), bound_(std::move(bound)), boundCount_(boundCount) {}

  const std::string& id() const { return id_; }
  // The bound arguments, one value after another.
  const detail::Tape& bound() const { return bound_; }
  std::uint8_t boundCount() const { return boundCount_; }

  void appendValueTo(detail::Tape& tape) const {
    tape.put(detail::Op::action, boundCount_, static_cast<std::uint8_t>(id_.size()), bound_.size());
    tape.append(id_.data(), id_.size());
    tape.append(bound_.data(), bound_.size());
  }
  // From a payload that was decoded, in a test.
  static Decoded<ActionRef> decodeValue(const Value* value, const Where& where) {
    const auto* reference = valueAs<ServerReference>(value);
    if (!reference) return detail::unexpectedKind(where, "a function of the server", value);
    detail::Tape bound;
    for (const Value& each : reference->bound) detail::appendValue(bound, each);
    return ActionRef{reference->id, std::move(bound), static_cast<std::uint8_t>(reference->bound.size())};
  }

 private:
  std::string id_;
  detail::Tape bound_;
  std::uint8_t boundCount_;
};

namespace detail {

// What an Action needs to know of its function.
template <class Function>
struct ActionTraits;
template <class R, class C, class... Args>
struct ActionTraits<R (*)(C&, Args...)> {
  using Result = typename ResultOf<R>::type;
  using ContextType = C;
  using Arguments = Types<Args...>;
  static constexpr std::size_t count = sizeof...(Args);
  static constexpr bool byValue = (!std::is_reference_v<Args> && ...);
  static constexpr bool argumentsCross = (crosses<std::remove_cvref_t<Args>, true>() && ...);
  static constexpr bool resultCrosses = crosses<Result>();
  static_assert(byValue, "an action takes its arguments by value: they must live as long as it runs");
  static_assert(argumentsCross,
                "an argument of this action does not cross the wire: use text, numbers, bool, enums, keys, optionals, "
                "vectors, or a struct of public members of these");
  static_assert(resultCrosses, "the result of this action does not cross the wire");
  static_assert(requires { typename C::EnvType; }, "an action is a function (Context&, arguments...)");
};
template <class R, class... Args>
  requires(sizeof...(Args) == 0 || !std::is_lvalue_reference_v<std::tuple_element_t<0, std::tuple<Args..., int>>>)
struct ActionTraits<R (*)(Args...)> {
  static constexpr bool takesContext = sizeof...(Args) > 1000;
  static_assert(takesContext, "an action is a function (Context&, arguments...)");
};

// The signature that is left when the first N arguments are bound.
template <class R, class Left>
struct Split;
template <class R, class... Left>
struct Split<R, Types<Left...>> {
  template <std::size_t N>
  static auto at() {
    return dropped<N>(static_cast<Types<Left...>*>(nullptr));
  }

 private:
  template <std::size_t N, class... Rest>
  static auto dropped(Types<Rest...>*) {
    if constexpr (N == 0)
      return std::type_identity<R(Rest...)>{};
    else
      return droppedFirst<N>(static_cast<Types<Rest...>*>(nullptr));
  }
  template <std::size_t N, class First, class... Rest>
  static auto droppedFirst(Types<First, Rest...>*) {
    return dropped<N - 1>(static_cast<Types<Rest...>*>(nullptr));
  }
};

template <class To, class From>
const To& asParameter(const From& value)
  requires std::same_as<To, From>
{
  return value;  // NOLINT(bugprone-return-const-ref-from-parameter): used within the caller's expression
}
template <class To, class From>
To asParameter(const From& value) {
  return To(value);
}

}  // namespace detail

// The public name `Id` of the function: what crosses the wire and stands in logs, so renaming the C++ function keeps
// open pages working.
template <Literal Id, auto Function>
class Action {
  using Traits = detail::ActionTraits<decltype(Function)>;

 public:
  using ContextType = typename Traits::ContextType;
  using Result = typename Traits::Result;
  using Arguments = typename Traits::Arguments;
  static constexpr auto function = Function;
  static constexpr std::string_view id = Id.view();
  static_assert(!id.empty() && id.size() <= 255, "an action's name has 1 to 255 bytes");
  bool runsConcurrently = false;

  // The actions of one client run one after another; this one need not wait for them.
  consteval Action concurrent() const {
    Action other = *this;
    other.runsConcurrently = true;
    return other;
  }

  // The action with its first arguments filled in, as in JavaScript.
  template <class... Bound>
  auto bind(const Bound&... bound) const {
    constexpr bool fits = sizeof...(Bound) <= Traits::count;
    static_assert(fits, "bind gives more arguments than the action takes");
    if constexpr (fits) return bindTo(Arguments{}, std::index_sequence_for<Bound...>{}, bound...);
  }
  template <class R, class... Args>
  operator ActionRef<R(Args...)>() const {
    using Has = typename decltype(detail::Split<Result, Arguments>::template at<0>())::type;
    static_assert(std::same_as<Has, R(Args...)>,
                  "the prop takes another signature than the action has: bind the leading arguments, or change the "
                  "ActionRef");
    return {id, detail::Tape{}, 0};
  }

 private:
  template <class... Args, std::size_t... I, class... Bound>
  auto bindTo(detail::Types<Args...>, std::index_sequence<I...>, const Bound&... bound) const {
    using All = std::tuple<Args...>;
    constexpr bool fits = (std::constructible_from<std::tuple_element_t<I, All>, const Bound&> && ...);
    static_assert(fits, "bind gives an argument of another type than the action's parameter in that place");
    if constexpr (fits) {
      detail::Tape tape;
      (detail::appendValue(tape, detail::asParameter<std::tuple_element_t<I, All>>(bound)), ...);
      using Rest = typename decltype(detail::Split<Result, Arguments>::template at<sizeof...(Bound)>())::type;
      return ActionRef<Rest>{id, std::move(tape), sizeof...(Bound)};
    } else {
      return nullptr;
    }
  }
};

}  // namespace duramen
