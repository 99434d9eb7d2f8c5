#include "server/accept_encoding.h"

#include <gtest/gtest.h>

#include <array>

namespace duramen::server {
namespace {

using enum ContentCoding;

constexpr std::array both = {brotli, gzip};

TEST(ChooseCoding, TakesTheGreatestWeight) {
  const std::pair<const char*, std::optional<ContentCoding>> cases[] = {
      {"gzip, deflate, br", brotli},
      {"gzip", gzip},
      {"x-gzip", gzip},
      {"GZIP, Br;Q=0.5", gzip},
      {"br;q=0.5, gzip;q=0.500", brotli},
      {"br;q=0.5 ; , gzip ; q=0.8", gzip},
      {"gzip;q=0.001", gzip},
      {"identity, gzip;q=0.5", identity},
      {"gzip;q=0.5, identity;q=0.7", identity},
      {"*", brotli},
      {"*, br;q=0", gzip},
      {"gzip, *;q=0", gzip},
      {"identity, *;q=0", identity},
      {"", identity},
      {"zstd, deflate", identity},
      {"br;q=0, gzip;q=0", identity},
      // Even identity is refused.
      {"identity;q=0", std::nullopt},
      {"*;q=0", std::nullopt},
      {"zstd, *;q=0.000", std::nullopt},
      {"deflate, identity;q=0", std::nullopt},
      // Not well-formed: passed over.
      {"br;q=1.5, gzip", gzip},
      {"br;q=0.1234, gzip;q=0.1", gzip},
      {"br;q=, gzip;q=0.1", gzip},
      {"br;q=x, gzip;q=0.1", gzip},
      {"br;level=3, gzip;q=0.1", gzip},
      {"b r, gzip;q=0.1", gzip},
      {",,;,gzip", gzip},
      // The first of two.
      {"gzip;q=0, gzip", identity},
  };
  for (const auto& [header, expected] : cases) EXPECT_EQ(chooseCoding(header, both), expected) << header;
}

TEST(ChooseCoding, OffersOnlyWhatIsThere) {
  EXPECT_EQ(chooseCoding("br, gzip", std::array{gzip}), gzip);
  EXPECT_EQ(chooseCoding("br, gzip", {}), identity);
  EXPECT_EQ(chooseCoding("br, identity;q=0", std::array{gzip}), std::nullopt);
}

TEST(ChooseCoding, WithoutTheHeaderIsIdentity) { EXPECT_EQ(chooseCoding(std::nullopt, both), identity); }

}  // namespace
}  // namespace duramen::server
