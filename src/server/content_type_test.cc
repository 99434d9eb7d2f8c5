#include "server/content_type.h"

#include <gtest/gtest.h>

namespace duramen::server {
namespace {

TEST(ContentTypeOf, GoesByTheLastEnding) {
  EXPECT_EQ(contentTypeOf("style.css"), "text/css; charset=utf-8");
  EXPECT_EQ(contentTypeOf("PHOTO.JPG"), "image/jpeg");
  EXPECT_EQ(contentTypeOf("main.js.map"), "application/json");
  EXPECT_EQ(contentTypeOf("backup.tar.gz"), "application/gzip");
  for (const char* const name : {"README", "x.exe", "html", "a.", ""})
    EXPECT_EQ(contentTypeOf(name), "application/octet-stream") << name;
}

}  // namespace
}  // namespace duramen::server
