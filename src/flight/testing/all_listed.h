#pragma once
// An app that has every module and every action.

#include "flight/encode.h"

namespace duramen::flight::testing {

struct AllListed : References {
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return "/assets/module.js"; }
  bool hasAction(std::string_view) const override { return true; }
};

}  // namespace duramen::flight::testing
