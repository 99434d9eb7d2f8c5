#pragma once
// Client components: React components of the browser's bundle. In C++ one is a struct: its members are the props, and
// `module` says where the browser finds it. It stands among the children as it is:
//
//   struct Editor {
//     static constexpr duramen::ClientModule module{"/client/Editor.tsx", "Editor"};
//     std::string content;
//     duramen::ActionRef<void(std::string)> save;
//   };
//   html::main(html::h1("Note"), Editor{.content = text, .save = saveNoteAction.bind(key)})
//
// What shows until the browser has taken over is nothing, or what the component's own
// `static Node fallback(const Editor&)` returns. A component whose first render C++ knows exactly brings that instead,
// `static Node html(const Editor&)`: React takes it over as it is, so what it shows can be read, and its fields typed
// into, before any script has run.

#include <string_view>

#include "duramen/action.h"

namespace duramen {

// With a key, so that React keeps the state of this one when its siblings move.
template <ClientComponent Component>
Node keyed(const Text& key, const Component& props) {
  detail::Tape tape;
  detail::appendComponent(tape, key, props);
  return Node{std::move(tape)};
}

namespace detail {

template <class Component>
concept HasFallback = requires(const Component& props) { Component::fallback(props); };

template <class Component>
concept HasFirstRender = requires(const Component& props) { Component::html(props); };

template <ClientComponent Component>
Tape componentTape(const Component& props) {
  Tape tape;
  appendComponent(tape, std::nullopt, props);
  return tape;
}

template <ClientComponent Component>
void appendComponent(Tape& tape, const Text& key, const Component& props) {
  constexpr bool plain = Aggregate<Component>;
  static_assert(plain,
                "a client component is a struct of public members, without a base and without constructors: they are "
                "its props");
  if constexpr (plain) {
    constexpr bool propsCross = crosses<Component>();
    static_assert(propsCross,
                  "a member of this client component does not cross the wire: use text, numbers, bool, enums, keys, "
                  "optionals, vectors, nodes, ActionRef, or a struct of public members of these");
    if constexpr (propsCross) {
      tape.put(Op::component, &Component::module, std::uint32_t{});
      const std::uint32_t start = tape.size();
      if (key.present()) {
        tape.put(Op::key, static_cast<std::uint32_t>(key.view().size()));
        tape.append(key.view().data(), key.view().size());
      }
      appendValue(tape, props);
      static_assert(!HasFallback<Component> || !HasFirstRender<Component>,
                    "a client component shows its fallback or its first render: it has one of `fallback` and `html`");
      if constexpr (HasFirstRender<Component>) {
        tape.put(Op::firstRender);
        appendChild(tape, Component::html(props));
      } else if constexpr (HasFallback<Component>) {
        appendChild(tape, Component::fallback(props));
      }
      tape.patch(start - 4, tape.size() - start);
    }
  }
}

}  // namespace detail
}  // namespace duramen
