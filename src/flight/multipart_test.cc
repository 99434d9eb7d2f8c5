#include "flight/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flight/form_post.h"

namespace duramen::flight {
namespace {

std::string part(std::string_view disposition, std::string_view data, std::string_view type = {}) {
  std::string text = "--x\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n";
  if (!type.empty()) text += "Content-Type: " + std::string(type) + "\r\n";
  return text.append("\r\n").append(data).append("\r\n");
}
const std::string end = "--x--\r\n";

TEST(MultipartBoundary, IsFoundInAContentType) {
  EXPECT_EQ(multipartBoundary("multipart/form-data; boundary=x"), "x");
  EXPECT_EQ(multipartBoundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_FALSE(multipartBoundary("multipart/form-data"));
  EXPECT_FALSE(multipartBoundary("multipart/form-data; boundary="));
  EXPECT_FALSE(multipartBoundary("text/plain; boundary=x"));
  EXPECT_FALSE(multipartBoundary("multipart/form-data; boundary=" + std::string(71, 'x')));
}

TEST(ParseMultipart, TakesTextAndFilesApart) {
  const std::string body = part(R"(name="a")", "one") +
                           part(R"(name="f"; filename="n.txt")", std::string("\r\n--y\0", 6), "text/plain") +
                           part(R"(name="")", "") + end;
  const auto parts = parseMultipart(body, "x");
  ASSERT_TRUE(parts) << describe(parts.error());
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ((*parts)[0].name, "a");
  EXPECT_EQ((*parts)[0].data, "one");
  EXPECT_FALSE((*parts)[0].isFile);
  EXPECT_TRUE((*parts)[1].isFile);
  EXPECT_EQ((*parts)[1].filename, "n.txt");
  EXPECT_EQ((*parts)[1].type, "text/plain");
  EXPECT_EQ((*parts)[1].data, std::string_view("\r\n--y\0", 6));
  EXPECT_EQ((*parts)[2].data, "");
}

// Wherever it stands: it is looked for in many places at once.
TEST(ParseMultipart, FindsTheBoundaryBehindAnyNumberOfBytes) {
  for (std::size_t size = 0; size < 300; ++size)
    for (const std::string_view filling : {"a", "\r", "\r\n--", "\r\n--y"}) {
      std::string data;
      while (data.size() < size) data += filling;
      data.resize(size);
      const auto parts = parseMultipart(part(R"(name="a")", data) + part(R"(name="b")", "last") + end, "x");
      ASSERT_TRUE(parts) << describe(parts.error());
      ASSERT_EQ(parts->size(), 2U) << size;
      EXPECT_EQ((*parts)[0].data, data);
      EXPECT_EQ((*parts)[1].data, "last");
    }
}

TEST(ParseMultipart, BoundsTheTextButNotTheFiles) {
  const auto parsed = [](const std::string& disposition) {
    return parseMultipart(part(disposition, "12345") + part(disposition, "12345") + end, "x", {.textBytes = 9});
  };
  EXPECT_TRUE(parsed(R"(name="a"; filename="b")"));
  const auto refused = parsed(R"(name="a")");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("more than 9 bytes of text"));
}

// The bytes of a file are those of the body, which may lie on a disk.
TEST(DecodeArguments, SharesTheBytesOfFiles) {
  const SharedBytes body{part(R"(name="1"; filename="a")", "content") + part(R"(name="0")", R"(["$B1"])") + end};
  const auto arguments = decodeArguments(body, "multipart/form-data; boundary=x");
  ASSERT_TRUE(arguments) << describe(arguments.error());
  const auto* file = valueAs<File>(&arguments->at(0));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes, "content");
  EXPECT_EQ(file->bytes.view().data(), body.view().data() + body.view().find("content"));
}

TEST(DecodeArguments, BoundsTheBytesThatItCopies) {
  const SharedBytes body{part(R"(name="1"; filename="a")", "12345") + part(R"(name="2"; filename="a")", "12345") +
                         part(R"(name="0")", R"(["$A1","$A2"])") + end};
  const auto decoded = [&](std::size_t most) {
    return decodeArguments(body, "multipart/form-data; boundary=x", {.arrayBytes = most});
  };
  EXPECT_TRUE(decoded(10));
  EXPECT_EQ(describe(decoded(9).error()),
            "argument 2: expected at most 9 bytes of typed arrays; a File may be larger, got more");
}

TEST(ParseMultipart, ReadsNamesAsBrowsersSpellThem) {
  const std::string body = part(R"(name="a%22b%0D%0Ac%41"; filename="é%22.txt")", "x") + end;
  const auto parts = parseMultipart(body, "x");
  ASSERT_TRUE(parts) << describe(parts.error());
  EXPECT_EQ((*parts)[0].name, "a\"b\r\nc%41");
  EXPECT_EQ((*parts)[0].filename, "é\".txt");
}

TEST(ParseMultipart, SaysWhatIsWrong) {
  const auto why = [](const std::string& body, const MultipartLimits& limits = {}) {
    const auto parts = parseMultipart(body, "x", limits);
    return parts ? std::string("accepted") : describe(parts.error());
  };
  EXPECT_EQ(why(""), "byte 0: expected the boundary");
  EXPECT_EQ(why("--y\r\n"), "byte 0: expected the boundary");
  EXPECT_EQ(why("--xx"), "byte 3: expected a line end after the boundary");
  EXPECT_EQ(why("--x--"), "accepted");
  EXPECT_EQ(why(part(R"(name="a")", "one")), "byte 49: a part that does not end");
  EXPECT_EQ(why("--x\r\n\r\n\r\n" + end), "byte 7: a part without a name");
  EXPECT_EQ(why(part(R"(nam="a")", "") + end), "byte 46: a part without a name, or with two");
  EXPECT_NE(why("--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n" + end), "accepted");
  EXPECT_NE(why("--x\r\nno colon\r\n\r\n" + end), "accepted");
  EXPECT_NE(why(part(R"(name="a")", "\xff") + end), "accepted");
  EXPECT_NE(why(part("name=\"\xff\"", "") + end), "accepted");
  EXPECT_NE(why(part(R"(name="a")", "") + end, {.parts = 0}), "accepted");
  EXPECT_NE(why(part("name=\"" + std::string(9000, 'a') + "\"", "") + end), "accepted");
}

FormPost formOf(const std::string& body) {
  auto post = FormPost::of(body, "multipart/form-data; boundary=x");
  EXPECT_TRUE(post) << describe(post.error());
  return std::move(*post);
}
std::string whyNot(const std::string& body, std::string_view type = "multipart/form-data; boundary=x") {
  const auto post = FormPost::of(body, type);
  return post ? "accepted" : describe(post.error());
}

TEST(FormPost, GivesAnActionItsBoundArgumentsAndTheFields) {
  const std::string body = part(R"(name="$ACTION_REF_1")", "") +
                           part(R"(name="$ACTION_1:0")", R"({"id":"save","bound":"$@1"})") +
                           part(R"(name="$ACTION_1:1")", R"(["k",7])") + part(R"(name="text")", "$hello") +
                           part(R"(name="pic"; filename="p.png")", "png", "image/png") + end;
  const FormPost post = formOf(body);
  EXPECT_EQ(post.action(), "save");
  const auto arguments = post.arguments();
  ASSERT_TRUE(arguments) << describe(arguments.error());
  ASSERT_EQ(arguments->size(), 3U);
  EXPECT_EQ((*arguments)[0], Value{"k"});
  EXPECT_EQ((*arguments)[1], Value{std::int64_t{7}});
  const auto* form = valueAs<FormData>(&(*arguments)[2]);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->text("text"), "$hello");
  EXPECT_EQ(form->file("pic")->type, "image/png");
  EXPECT_EQ(form->entries().size(), 2U);
}

// A button with an action of its own, in a form that has one.
TEST(FormPost, TakesTheLastActionThatIsNamed) {
  const std::string bound = part(R"(name="$ACTION_REF_1")", "") +
                            part(R"(name="$ACTION_1:0")", R"({"id":"save","bound":"$@1"})") +
                            part(R"(name="$ACTION_1:1")", R"(["k"])");
  const std::string publish = part(R"(name="$ACTION_ID_publish")", "");
  const std::string publishLast = bound + publish + end, boundLast = publish + bound + end;
  const FormPost plain = formOf(publishLast);
  EXPECT_EQ(plain.action(), "publish");
  EXPECT_EQ(plain.arguments().value().size(), 1U);
  const FormPost other = formOf(boundLast);
  EXPECT_EQ(other.action(), "save");
  EXPECT_EQ(other.arguments().value().size(), 2U);
}

TEST(FormPost, RefusesWhatNamesNoAction) {
  EXPECT_EQ(whyNot(part(R"(name="a")", "") + end), "form: expected a field that names its action");
  EXPECT_EQ(whyNot(part(R"(name="$ACTION_REF_1")", "") + end), "form: expected a part that names the action");
  EXPECT_EQ(whyNot("a=1", "application/x-www-form-urlencoded"),
            "form: expected multipart/form-data: give the form this encType");
  EXPECT_NE(whyNot("", "multipart/form-data"), "accepted");
}

TEST(FormPost, RefusesBoundArgumentsThatAreNoList) {
  const std::string body =
      part(R"(name="$ACTION_REF_1")", "") + part(R"(name="$ACTION_1:0")", R"({"id":"save","bound":"x"})") + end;
  EXPECT_FALSE(formOf(body).arguments());
}

}  // namespace
}  // namespace duramen::flight
