#include "duramen/value.h"

#include <gtest/gtest.h>

#include "duramen/action.h"
#include "duramen/key.h"

namespace duramen {
namespace {

enum class Gait { walk, trot = 3 };
enum Plain : int { plainOne = 1 };
struct NoteKey : Key<NoteKey> {
  using Key::Key;
};
struct Leg {
  double speed;
  std::optional<std::string> note;
};
struct Target {
  Gait gait;
  std::vector<Leg> legs;
  std::uint8_t level;
};
struct Order {
  std::string name;
  Target target;
  static constexpr std::array fields{"title", "target"};
};
struct Tree {
  std::string name;
  std::vector<Tree> children;
};
struct NoDefault {
  explicit NoDefault(std::string);
};
struct Wide {
  NoDefault a0;
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8,
      c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6,
      f7, f8, f9, g0, g1, g2, g3;
};
struct Context {
  using EnvType = int;
};
Task<int> edit(Context&, NoteKey, int, std::optional<std::string>) { co_return 1; }
constexpr Action<"edit", edit> editAction;
struct Editor {
  ActionRef<int(int, std::optional<std::string>)> save;
};

TEST(Fields, AreNamedByTheCompiler) {
  EXPECT_EQ(fieldNames<Target>, (std::array<std::string_view, 3>{"gait", "legs", "level"}));
  EXPECT_EQ(fieldNames<Order>, (std::array<std::string_view, 2>{"title", "target"}));
  EXPECT_EQ(memberCount<Wide>, 64u);
  EXPECT_EQ(fieldNames<Wide>[63], "g3");
  EXPECT_EQ(enumeratorNames<Gait>[3], "trot");
  EXPECT_EQ(enumeratorNames<Gait>[1], "");
  EXPECT_EQ(enumeratorNames<Plain>[1], "plainOne");
}

Value leg(Value speed) { return {Value::Object{{"speed", std::move(speed)}}}; }
Value order(Value gait, Value speed, Value level) {
  return {Value::Object{{"title", {"t"}},
                        {"target",
                         {Value::Object{{"gait", std::move(gait)},
                                        {"legs", {Value::List{leg({1.5}), leg(std::move(speed))}}},
                                        {"level", std::move(level)}}}}}};
}
std::string errorOf(const Value& value) {
  const auto decoded = detail::decode<Order>(&value, "setOrder, argument 2");
  return decoded ? "none" : describe(decoded.error());
}

TEST(Decode, BuildsTheStruct) {
  const Value value = order({"trot"}, {std::int64_t{2}}, {3.0});
  const auto decoded = detail::decode<Order>(&value, "x");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->target.gait, Gait::trot);
  EXPECT_EQ(decoded->target.legs[1].speed, 2);
  EXPECT_EQ(decoded->target.level, 3);
}

TEST(Decode, SaysWhereAndWhatItExpected) {
  EXPECT_EQ(errorOf(order({"walk"}, {"fast"}, {3.0})),
            "setOrder, argument 2.target.legs[1].speed: expected a number, got text");
  EXPECT_EQ(errorOf(order({"hop"}, {2.0}, {3.0})),
            "setOrder, argument 2.target.gait: expected the name of a choice, got an unknown one");
  EXPECT_EQ(errorOf(order({"walk"}, {2.0}, {300.0})),
            "setOrder, argument 2.target.level: expected a number in range, got one out of range");
  EXPECT_EQ(errorOf(order({"walk"}, {2.0}, {1.5})),
            "setOrder, argument 2.target.level: expected a whole number, got a fraction");
  EXPECT_EQ(errorOf({"x"}), "setOrder, argument 2: expected an object, got text");
  EXPECT_EQ(errorOf({Value::Object{{"title", {"t"}}}}), "setOrder, argument 2.target: expected an object, got nothing");
}

TEST(Decode, TakesNoNumberThatIsNone) {
  for (const double number : {1e300, -1e300, 9223372036854775808.0, std::numeric_limits<double>::quiet_NaN()}) {
    const Value value{number};
    EXPECT_FALSE(detail::decode<std::int64_t>(&value, "x")) << number;
  }
}

TEST(Decode, ReadsRecursiveTypes) {
  const Tree tree{.name = "a", .children = {{.name = "b", .children = {}}}};
  detail::Tape tape;
  detail::appendValue(tape, tree);
  const Value value{Value::Object{
      {"name", {"a"}}, {"children", {Value::List{{Value::Object{{"name", {"b"}}, {"children", {Value::List{}}}}}}}}}};
  const auto decoded = detail::decode<Tree>(&value, "x");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->children[0].name, "b");
}

auto editArguments(const Value::List& values) {
  return detail::decodeArguments<NoteKey, int, std::optional<std::string>>(values, "edit");
}

TEST(DecodeArguments, MayLackTheLastOnesIfTheyAreOptional) {
  const auto decoded = editArguments({{"k"}, {std::int64_t{7}}});
  ASSERT_TRUE(decoded) << describe(decoded.error());
  EXPECT_EQ(std::get<0>(*decoded), NoteKey{"k"});
  EXPECT_EQ(std::get<2>(*decoded), std::nullopt);
  EXPECT_EQ(describe(editArguments({{"k"}}).error()), "edit, argument 2: expected a number, got nothing");
}

TEST(DecodeArguments, AreNotMoreThanTheActionTakes) {
  EXPECT_EQ(describe(editArguments({{"k"}, {1.0}, {"x"}, {2.0}}).error()), "edit: expected at most 3 arguments, got 4");
}

TEST(ActionRef, ComesBackFromAPayload) {
  const Value value{Value::Object{{"save", {ServerReference{"edit", {{"k"}}}}}}};
  const auto editor = detail::decode<Editor>(&value, "Editor");
  ASSERT_TRUE(editor) << describe(editor.error());
  EXPECT_EQ(editor->save.id(), "edit");
  EXPECT_EQ(editor->save.boundCount(), 1);
  EXPECT_EQ(editor->save.bound().bytes(), editAction.bind(NoteKey{"k"}).bound().bytes());
}

TEST(AppendValue, RefusesWhatCannotBeNamed) {
  detail::Tape tape;
  EXPECT_THROW(detail::appendValue(tape, static_cast<Gait>(1)), std::out_of_range);
  EXPECT_THROW(detail::appendValue(tape, std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
}

std::string spelled(double number) {
  char digits[32];
  return {digits, detail::writeNumber(digits, number)};
}

TEST(WriteNumber, SpellsAsJavaScriptDoes) {
  EXPECT_EQ(spelled(0), "0");
  EXPECT_EQ(spelled(-0.0), "0");
  EXPECT_EQ(spelled(1e5), "100000");
  EXPECT_EQ(spelled(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(spelled(1e-6), "0.000001");
  EXPECT_EQ(spelled(1.5e-7), "1.5e-7");
  EXPECT_EQ(spelled(9007199254740993.0), "9007199254740992");
  EXPECT_EQ(spelled(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(spelled(-1e20), "-100000000000000000000");
  EXPECT_EQ(spelled(1e21), "1e+21");
  EXPECT_EQ(spelled(-1.7976931348623157e308), "-1.7976931348623157e+308");
  EXPECT_EQ(spelled(5e-324), "5e-324");
}

TEST(Tape, MovesAndCopiesWhatLiesInItAndOnTheHeap) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{5000}}) {
    detail::Tape tape;
    tape.putText(std::string(size, 'x'));
    const detail::Tape copy = tape;
    detail::Tape moved = std::move(tape);
    EXPECT_EQ(moved.bytes(), copy.bytes());
    tape = copy;
    EXPECT_EQ(tape.bytes(), copy.bytes());
    tape = std::move(moved);
    EXPECT_EQ(tape.bytes(), copy.bytes());
  }
}

}  // namespace
}  // namespace duramen
