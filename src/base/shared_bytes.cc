#include "duramen/shared_bytes.h"

namespace duramen {

SharedBytes::SharedBytes(std::string bytes) {
  if (bytes.empty()) return;
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  bytes_ = *owner;
  owner_ = std::move(owner);
}

}  // namespace duramen
