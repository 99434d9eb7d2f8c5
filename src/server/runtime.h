#pragma once
// The browser's runtime: React, its Flight client and duramen's own, built with the library (client/build/runtime.mjs)
// and lying inside it.

#include <string_view>

#include "duramen/bundle.h"

namespace duramen {

struct Runtime {
  ClientBundle bundle;
  std::string_view entryUrl;  // the script that every document loads
};

const Runtime& runtime();

}  // namespace duramen
