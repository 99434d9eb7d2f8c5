#include "duramen/typescript.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "duramen/app.h"
#include "duramen/client.h"

// Named, since the members of a struct are counted through functions that take its types.
namespace duramen::typescript_test {

using testing::HasSubstr;
using testing::Not;

struct ItemKey : Key<ItemKey> {
  using Key::Key;
};
enum class Colour { red, green };
struct Item {
  ItemKey key;
  Colour colour;
  std::optional<int> count;
};
struct Tree {
  std::string name;
  std::vector<Tree> children;
};
struct Renamed {
  int n;
  std::string where;
  static constexpr std::array fields{"count", "data-where"};
};
namespace other {
struct Item {
  bool done;
};
}  // namespace other
template <class T>
struct Pair {
  T first;
};
struct Date {
  int day;
};
// Crosses as it likes, and says as what.
struct Colouring {
  int value;
  void appendValueTo(detail::Tape& tape) const { tape.put(detail::Op::integer, std::int64_t{value}); }
  static std::string typeScript() { return "`#${string}`"; }
};
struct Silent {
  int value;
  void appendValueTo(detail::Tape& tape) const { tape.put(detail::Op::integer, std::int64_t{value}); }
};

struct Panel {
  static constexpr ClientModule module{"/client/Panel.tsx", "Panel"};
  std::string title;
  std::optional<Item> chosen;
  Node children;
  ActionRef<void(ItemKey)> choose;
};
struct Plain {
  static constexpr ClientModule module{"/client/Panel.tsx", "default"};
};

template <class T>
std::string typeOf() {
  return TypeScript{}.type<T>();
}
template <class T>
std::string declarationsOf() {
  TypeScript types;
  types.type<T>();
  return types.text();
}

TEST(TypeScript, NamesWhatJavaScriptHas) {
  EXPECT_EQ(typeOf<bool>(), "boolean");
  EXPECT_EQ(typeOf<std::int64_t>(), "number");
  EXPECT_EQ(typeOf<float>(), "number");
  EXPECT_EQ(typeOf<std::string>(), "string");
  EXPECT_EQ(typeOf<ItemKey>(), "string");
  EXPECT_EQ(typeOf<Node>(), "ReactNode");
  EXPECT_EQ(typeOf<Value>(), "unknown");
  EXPECT_EQ(typeOf<BigInt>(), "bigint");
  EXPECT_EQ(typeOf<duramen::Date>(), "Date");
  EXPECT_EQ(typeOf<std::chrono::sys_seconds>(), "Date");
  EXPECT_EQ(typeOf<FormData>(), "FormData");
  EXPECT_EQ(typeOf<File>(), "Blob");
  EXPECT_EQ(typeOf<std::vector<std::byte>>(), "Uint8Array");
  EXPECT_EQ(typeOf<TypedArray<double>>(), "Float64Array");
}

TEST(TypeScript, NamesWhatHoldsOthers) {
  EXPECT_EQ(typeOf<std::optional<int>>(), "number | undefined");
  EXPECT_EQ(typeOf<std::vector<int>>(), "readonly number[]");
  EXPECT_EQ(typeOf<std::vector<std::optional<int>>>(), "ReadonlyArray<number | undefined>");
  EXPECT_EQ(typeOf<std::vector<std::vector<Item>>>(), "ReadonlyArray<readonly Item[]>");
  EXPECT_EQ((typeOf<std::map<std::string, int>>()), "ReadonlyMap<string, number>");
  EXPECT_EQ((typeOf<std::unordered_map<int, Item>>()), "ReadonlyMap<number, Item>");
  EXPECT_EQ(typeOf<std::set<int>>(), "ReadonlySet<number>");
  EXPECT_EQ(typeOf<Promise<std::vector<int>>>(), "Promise<readonly number[]>");
  EXPECT_EQ(typeOf<Stream<Item>>(), "AsyncIterable<Item>");
}

TEST(TypeScript, AFunctionsTrailingOptionalsMayBeLeftOut) {
  EXPECT_EQ(typeOf<ActionRef<void()>>(), "() => Promise<void>");
  EXPECT_EQ((typeOf<ActionRef<int(std::optional<int>, std::string, std::optional<bool>)>>()),
            "(arg1: number | undefined, arg2: string, arg3?: boolean | undefined) => Promise<number>");
  EXPECT_EQ(typeOf<std::optional<ActionRef<void()>>>(), "(() => Promise<void>) | undefined");
}

TEST(TypeScript, AFunctionOfOneStructTakesAForm) {
  EXPECT_EQ(typeOf<ActionRef<void(Item)>>(), "(arg1: Item | FormData) => Promise<void>");
  EXPECT_EQ((typeOf<ActionRef<void(Item, int)>>()), "(arg1: Item, arg2: number) => Promise<void>");
}

TEST(TypeScript, DeclaresAStructAndItsEnums) {
  EXPECT_THAT(declarationsOf<Item>(), HasSubstr("export interface Item {\n"
                                                "  readonly key: string;\n"
                                                "  readonly colour: Colour;\n"
                                                "  readonly count?: number | undefined;\n"
                                                "}\n"
                                                "\n"
                                                "export type Colour = 'red' | 'green';\n"));
}

enum class Unlinked { one, two };
TEST(TypeScript, ReadsTheEnumsOfAnUnnamedNamespace) {
  EXPECT_THAT(declarationsOf<Unlinked>(), HasSubstr("export type Unlinked = 'one' | 'two';\n"));
}

TEST(TypeScript, AStructMayHoldItself) {
  EXPECT_THAT(declarationsOf<Tree>(), HasSubstr("export interface Tree {\n"
                                                "  readonly name: string;\n"
                                                "  readonly children: readonly Tree[];\n"
                                                "}\n"));
}

TEST(TypeScript, UsesTheNamesOfTheWire) {
  EXPECT_THAT(declarationsOf<Renamed>(), HasSubstr("  readonly count: number;\n  readonly 'data-where': string;\n"));
}

TEST(TypeScript, GivesTwoStructsOfOneNameTwoNames) {
  TypeScript types;
  EXPECT_EQ(types.type<Item>(), "Item");
  EXPECT_EQ(types.type<other::Item>(), "Item2");
  EXPECT_EQ(types.type<Item>(), "Item");
  EXPECT_EQ(types.type<Pair<int>>(), "Pair");
  EXPECT_EQ(types.type<Pair<std::vector<Item>>>(), "Pair2");
}

TEST(TypeScript, HidesNoTypeOfTheLanguage) { EXPECT_EQ(typeOf<Date>(), "Date2"); }

TEST(TypeScript, ATypeMaySayItself) {
  EXPECT_EQ(typeOf<Colouring>(), "`#${string}`");
  EXPECT_EQ(typeOf<Silent>(), "unknown");
}

struct Env {};
using TestContext = Context<Env>;
Task<Item> choose(TestContext&, ItemKey key, std::optional<Colour>) {
  co_return Item{.key = key, .colour = Colour::red, .count = std::nullopt};
}
constexpr Action<"choose", choose> chooseAction;
constexpr ClientBundle bundle{};

TEST(TypeScriptOf, GivesTheComponentsAndTheActionsOfAnApp) {
  EXPECT_EQ(typeScriptOf(defineApp<TestContext>(client<Panel, Plain>(bundle), actions(chooseAction))),
            R"(// Written by the app's program (--write-types): what its C++ gives to components and takes from them.

import type { JSXElementConstructor, ReactNode } from 'react';

/** `Panel` of /client/Panel.tsx */
export interface PanelProps {
  readonly title: string;
  readonly chosen?: Item | undefined;
  readonly children: ReactNode;
  readonly choose: (arg1: string) => Promise<void>;
}

export interface Item {
  readonly key: string;
  readonly colour: Colour;
  readonly count?: number | undefined;
}

export type Colour = 'red' | 'green';

/** `default` of /client/Panel.tsx */
export interface PlainProps {
}

/** What each module exports to C++. */
export interface Components {
  readonly '/client/Panel.tsx': {
    readonly Panel: JSXElementConstructor<PanelProps>;
    readonly default: JSXElementConstructor<PlainProps>;
  };
}

/** The functions of the server that browsers may call. */
export interface Actions {
  readonly choose: (arg1: string, arg2?: Colour | undefined) => Promise<Item>;
}
)");
}

TEST(TypeScriptOf, AnAppNeedNotListItsComponents) {
  const std::string text = typeScriptOf(defineApp<TestContext>(client(bundle)));
  EXPECT_THAT(text, HasSubstr("export interface Components {\n}\n"));
  EXPECT_THAT(text, Not(HasSubstr("ReactNode")));
}

}  // namespace duramen::typescript_test
